package sign

import "fmt"

// serialization says how a manifest was made.
type serialization struct {
	Method   string   `json:"method"`    // "files" or "shards"
	HashType string   `json:"hash_type"` // "sha256"
	Shard    int64    `json:"shard_size,omitempty"`
	Symlinks bool     `json:"allow_symlinks"`
	Ignore   []string `json:"ignore_paths,omitempty"`
}

func (s *serialization) read(r *reader) error {
	return r.object("serialization", []string{"method", "hash_type", "allow_symlinks"}, func(key string) error {
		switch key {
		case "method":
			return r.str(key, &s.Method)
		case "hash_type":
			return r.str(key, &s.HashType)
		case "shard_size":
			return r.size(key, &s.Shard)
		case "allow_symlinks":
			return r.flag(key, &s.Symlinks)
		case "ignore_paths":
			return r.array(key, maxFiles, func() error {
				var p string
				err := r.str("path in ignore_paths", &p)
				s.Ignore = append(s.Ignore, p)
				return err
			})
		}
		return r.unknown("serialization", key)
	})
}

// check checks the settings, and that the entries of the manifest agree. Old
// shards have an algorithm of their own.
func (s *serialization) check(list []resource) error {
	switch {
	case s.HashType != "sha256":
		return unsupported("statement: hash_type is %q, want \"sha256\"", s.HashType)
	case s.Method != "files" && s.Method != "shards":
		return unsupported("statement: method of serialization is %q, want \"files\" or \"shards\"", s.Method)
	case (s.Method == "shards") != (s.Shard != 0):
		return malformed("statement: method of serialization is %q and shard_size is %d", s.Method, s.Shard)
	}
	old := fmt.Sprintf("sha256-sharded-%d", s.Shard)
	for _, e := range list {
		if e.Algorithm != "sha256" && (s.Shard == 0 || e.Algorithm != old) {
			return malformed("statement: algorithm of %q is %q, want \"sha256\"", e.Name, e.Algorithm)
		}
	}
	return nil
}

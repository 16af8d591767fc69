package sign

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The names that the specification gives to its formats.
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://model_signing/signature/v1.0"
)

// statement is what is signed: the files of a model and how they were hashed.
type statement struct {
	name      string // of the model, for people
	root      string // rootDigest of resources
	resources []resource
	ignore    []string
	shard     int64 // 0 for the method "files", which hashes whole files
}

// newStatement returns the statement about files, which are hashed now.
func newStatement(t *tree, name string, files, ignore []string, shard int64) (*statement, error) {
	s := &statement{name: name, ignore: ignore, shard: shard}
	for _, f := range files {
		var err error
		if s.resources, err = t.appendResources(s.resources, f, shard); err != nil {
			return nil, err
		}
		if len(s.resources) > maxFiles {
			return nil, fmt.Errorf("manifest has more than %d entries; use larger shards", maxFiles)
		}
	}
	if len(s.resources) == 0 {
		return nil, errors.New("there are no files to sign")
	}
	slices.SortFunc(s.resources, func(a, b resource) int { return strings.Compare(a.Name, b.Name) })
	var err error
	s.root, err = rootDigest(s.resources)
	return s, err
}

// encode returns the JSON of a statement.
func (s *statement) encode() ([]byte, error) {
	type digest struct {
		SHA256 string `json:"sha256"`
	}
	type subject struct {
		Name   string `json:"name"`
		Digest digest `json:"digest"`
	}
	type predicate struct {
		Serialization serialization `json:"serialization"`
		Resources     []resource    `json:"resources"`
	}
	method := "files"
	if s.shard != 0 {
		method = "shards"
	}
	return json.Marshal(struct {
		Type          string    `json:"_type"`
		Subject       []subject `json:"subject"`
		PredicateType string    `json:"predicateType"`
		Predicate     predicate `json:"predicate"`
	}{
		statementType, []subject{{s.name, digest{s.root}}}, predicateType,
		predicate{serialization{method, "sha256", s.shard, false, s.ignore}, s.resources},
	})
}

// parseStatement reads the JSON of a statement and checks that it agrees with
// itself.
func parseStatement(text string) (*statement, error) {
	r, err := newReader("statement", []byte(text))
	if err != nil {
		return nil, err
	}
	if err := checkType(r); err != nil {
		return nil, err
	}
	r.Pos = 0 // once more, now that it is one
	s := new(statement)
	err = r.object(top, nil, func(key string) error {
		switch key {
		case "_type", "predicateType":
			return r.skip(key, 0)
		case "subject":
			return s.readSubject(r)
		case "predicate":
			return s.readPredicate(r)
		}
		return r.unknown(top, key)
	})
	if err != nil {
		return nil, err
	}
	root, err := rootDigest(s.resources)
	if err != nil {
		return nil, err
	}
	if root != s.root {
		return nil, malformed("statement: subject: sha256 is %s, that of the resources is %s", s.root, root)
	}
	return s, nil
}

// checkType checks that the text is a statement about a model. It comes first, since
// others have other members.
func checkType(r *reader) error {
	var typ, predicate string
	err := r.object(top, []string{"_type", "subject", "predicateType", "predicate"}, func(key string) error {
		switch key {
		case "_type":
			return r.str(key, &typ)
		case "predicateType":
			return r.str(key, &predicate)
		}
		return r.skip(key, 0)
	})
	switch {
	case err != nil:
		return err
	case typ != statementType:
		return malformed("statement: _type is %q, want %q", typ, statementType)
	case predicate != predicateType:
		return unsupported("statement: predicateType is %q, want %q", predicate, predicateType)
	}
	return r.end()
}

// readSubject reads the one subject. Its name is whatever the signer called the
// model.
func (s *statement) readSubject(r *reader) error {
	n := 0
	err := r.array("subject", 1, func() error {
		n++
		return r.object("subject", []string{"name", "digest"}, func(key string) error {
			switch key {
			case "name":
				return r.str("name of the subject", &s.name)
			case "digest":
				return r.object("digest of the subject", []string{"sha256"}, func(key string) error {
					if key == "sha256" {
						return r.str("digest of the subject", &s.root)
					}
					return r.skip(key, 0)
				})
			}
			return r.skip(key, 0)
		})
	})
	if err == nil && n == 0 {
		err = malformed("statement: subject is empty, want one")
	}
	return err
}

// readPredicate reads the resources and how they were made.
func (s *statement) readPredicate(r *reader) error {
	var how serialization
	err := r.object("predicate", []string{"resources", "serialization"}, func(key string) error {
		switch key {
		case "resources":
			return r.array("resources", maxFiles, func() error { return s.readResource(r) })
		case "serialization":
			return how.read(r)
		}
		return r.unknown("predicate", key)
	})
	if err != nil {
		return err
	}
	if len(s.resources) == 0 {
		return malformed("statement: resources are empty, want one at least")
	}
	s.shard, s.ignore = how.Shard, how.Ignore
	return how.check(s.resources)
}

// readResource reads an entry of the manifest, which may have members that are
// not for us.
func (s *statement) readResource(r *reader) error {
	var e resource
	err := r.object("resource", []string{"name", "digest", "algorithm"}, func(key string) error {
		switch key {
		case "name":
			return r.str("name of a resource", &e.Name)
		case "digest":
			return r.str("digest of a resource", &e.Digest)
		case "algorithm":
			return r.str("algorithm of a resource", &e.Algorithm)
		}
		return r.skip(key, 0)
	})
	s.resources = append(s.resources, e)
	return err
}

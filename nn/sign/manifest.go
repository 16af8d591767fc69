package sign

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// resource is an entry of the manifest: a file, or a shard of one.
type resource struct {
	Name      string `json:"name"`
	Digest    string `json:"digest"`
	Algorithm string `json:"algorithm"`
}

// maxShard is the largest size of a shard. Old signatures have it as a
// floating-point number, which is exact up to here.
const maxShard = 1 << 53

// piece is a part of a file with its digest.
type piece struct {
	start, end int64 // end is −1 for the whole of a file
	sum        [sha256.Size]byte
}

// appendResources hashes a file, by shards if shard is not 0, and appends its
// entries.
func (t *tree) appendResources(list []resource, name string, shard int64) ([]resource, error) {
	f, _, err := t.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h, buffered := sha256.New(), bufio.NewReaderSize(f, 256<<10)
	entry := func(name string) resource { return resource{name, hex.EncodeToString(h.Sum(nil)), "sha256"} }
	if shard == 0 {
		_, err := io.Copy(h, buffered)
		return append(list, entry(name)), err
	}
	for start := int64(0); len(list) <= maxFiles; {
		h.Reset()
		n, err := io.CopyN(h, buffered, shard)
		if n > 0 {
			list = append(list, entry(fmt.Sprintf("%s:%d:%d", name, start, start+n)))
			start += n
		}
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return list, nil // too long, which the caller reports
}

// sum returns the digest of an entry.
func (r *resource) sum() (sum [sha256.Size]byte, err error) {
	b, err := hex.DecodeString(r.Digest)
	if err != nil || len(b) != len(sum) || strings.ToLower(r.Digest) != r.Digest {
		return sum, malformed("digest of %q is %q, want 64 hexadecimal digits", r.Name, r.Digest)
	}
	return [sha256.Size]byte(b), nil
}

// rootDigest is the digest of the digests, which identifies a model.
func rootDigest(list []resource) (string, error) {
	h := sha256.New()
	for _, r := range list {
		sum, err := r.sum()
		if err != nil {
			return "", err
		}
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// pieces returns what the manifest says of each file. Single is the name of a
// model that is one file, which old signatures call ".".
func (s *statement) pieces(single string) (map[string][]piece, error) {
	files := map[string][]piece{}
	for _, r := range s.resources {
		sum, err := r.sum()
		if err != nil {
			return nil, err
		}
		p, name := piece{end: -1, sum: sum}, r.Name
		if s.shard != 0 {
			if name, p.start, p.end, err = cutRange(r.Name); err != nil {
				return nil, err
			}
		}
		if name == "." && single != "" {
			name = single
		}
		if reason := badName(name); reason != "" {
			return nil, malformed("name %q in the manifest %s", name, reason)
		}
		files[name] = append(files[name], p)
	}
	for name, list := range files {
		if err := s.checkPieces(name, list); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// checkPieces sorts the pieces of a file and checks that they follow each other.
func (s *statement) checkPieces(name string, list []piece) error {
	if s.shard == 0 {
		if len(list) > 1 {
			return malformed("%q is in the manifest %d times", name, len(list))
		}
		return nil
	}
	slices.SortFunc(list, func(a, b piece) int { return cmp.Compare(a.start, b.start) })
	at := int64(0)
	for i, p := range list {
		size := p.end - p.start
		if p.start != at || size > s.shard || size < s.shard && i < len(list)-1 {
			return malformed("shard %d of %q has bytes %d to %d, want %d from %d", i, name, p.start, p.end, s.shard, at)
		}
		at = p.end
	}
	return nil
}

// cutRange takes NAME:START:END apart.
func cutRange(s string) (name string, start, end int64, err error) {
	rest, ok := s, true
	number := func() int64 {
		i := strings.LastIndexByte(rest, ':')
		digits := rest[i+1:]
		n, err := strconv.ParseUint(digits, 10, 63)
		ok = ok && i >= 0 && err == nil && strconv.FormatUint(n, 10) == digits
		rest = rest[:max(i, 0)]
		return int64(n)
	}
	end = number()
	start = number()
	if !ok || start >= end {
		return "", 0, 0, malformed("name %q in the manifest is not PATH:START:END", s)
	}
	return rest, start, end, nil
}

// check compares a file with what the manifest says of it.
func check(name string, data []byte, list []piece) error {
	if last := list[len(list)-1]; last.end >= 0 && int64(len(data)) != last.end {
		return changed(name, "has %d bytes, want %d", len(data), last.end)
	}
	for _, p := range list {
		part, where := data, ""
		if p.end >= 0 {
			part, where = data[p.start:p.end], fmt.Sprintf(" of bytes %d to %d", p.start, p.end)
		}
		if sum := sha256.Sum256(part); !bytes.Equal(sum[:], p.sum[:]) {
			return changed(name, "sha256%s is %x, want %x", where, sum, p.sum)
		}
	}
	return nil
}

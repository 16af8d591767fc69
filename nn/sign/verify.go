package sign

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Model is the content of a model at the moment when it was verified. What happens
// to the directory later does not change it. Its methods may be called from many
// goroutines.
type Model struct {
	key    *ecdsa.PublicKey
	digest string
	files  map[string][]byte
}

// Key returns the key that signed.
func (m *Model) Key() *ecdsa.PublicKey { return m.key }

// Digest returns 64 hexadecimal digits that identify the content: the SHA-256 of the
// digests of all files in the order of the manifest, which the signature has as that
// of its subject. The names of the files are not in it.
func (m *Model) Digest() string { return m.digest }

// Files returns the paths of the files that the signature lists, sorted, with
// slashes.
func (m *Model) Files() []string { return slices.Sorted(maps.Keys(m.files)) }

// ReadFile returns the verified bytes of a file, those of the model itself: they
// must not be changed. A file that is not signed is [fs.ErrNotExist], even if the
// directory has it.
func (m *Model) ReadFile(name string) ([]byte, error) {
	data, ok := m.files[name]
	if !ok {
		return nil, fmt.Errorf("sign: %w", &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist})
	}
	return data, nil
}

// Verify checks the signature that [Sign], or another program, wrote into a
// directory, and every file against it. One of the keys must have signed; give the
// old and the new one while keys change.
//
// Each file is read once, and the [Model] that is returned has the bytes that were
// hashed: load from it and not from the directory, which may have changed since.
// They need as much memory as the files, at most 4 GiB; [VerifyBundle] has an
// option for more. An [*Error] says why a model is refused, other errors that it
// could not be read.
func Verify(dir string, keys ...*ecdsa.PublicKey) (*Model, error) {
	o, err := newOptions([]Option{Ignore(FileName)})
	if err != nil {
		return nil, err
	}
	return verify(dir, keys, o, func(t *tree) ([]byte, error) {
		info, err := t.root.Lstat(FileName)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &Error{Reason: "no " + FileName, Err: ErrNotSigned}
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, malformed("%s is of mode %v, want a regular file", FileName, info.Mode())
		}
		return t.read(FileName, maxBundle)
	})
}

// VerifyBundle checks a model, a directory or a single file, against a signature
// that is kept elsewhere. See [Verify]; options are [Ignore], [IgnoreUnsigned] and
// [MaxBytes].
func VerifyBundle(bundle []byte, path string, keys []*ecdsa.PublicKey, opts ...Option) (*Model, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	return verify(path, keys, o, func(*tree) ([]byte, error) { return bundle, nil })
}

func verify(path string, keys []*ecdsa.PublicKey, o *options, bundle func(*tree) ([]byte, error)) (*Model, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("sign: %s: no keys to verify with", path)
	}
	for i, key := range keys {
		if err := checkKey(key); err != nil {
			return nil, fmt.Errorf("sign: %s: key %d: %w", path, i, err)
		}
	}
	t, err := openTree(path)
	if err != nil {
		return nil, err
	}
	defer t.close()
	text, err := bundle(t)
	if err != nil {
		return nil, withPath(err, path)
	}
	m, err := t.verify(text, keys, o)
	if err != nil {
		return nil, withPath(err, path)
	}
	return m, nil
}

// verify goes from the outside in: signature, manifest, list of files, content.
func (t *tree) verify(text []byte, keys []*ecdsa.PublicKey, o *options) (*Model, error) {
	b, err := parseBundle(text)
	if err != nil {
		return nil, err
	}
	key, err := b.verify(keys)
	if err != nil {
		return nil, err
	}
	s, err := parseStatement(b.payload)
	if err != nil {
		return nil, err
	}
	want, err := s.pieces(t.file)
	if err != nil {
		return nil, err
	}
	if err := t.compare(want, s, o); err != nil {
		return nil, err
	}
	files, err := t.load(want, o.maxBytes)
	if err != nil {
		return nil, err
	}
	return &Model{key, s.root, files}, nil
}

// compare compares the names of the files with those in the manifest.
func (t *tree) compare(want map[string][]piece, s *statement, o *options) error {
	ignore := newIgnoreSet(s.ignore, o.ignore)
	names, err := t.list(ignore, o.unsigned)
	if e, ok := errors.AsType[*unfitError](err); ok { // nobody can have signed it
		return changed(e.name, "%s", e.reason)
	}
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ok := slices.BinarySearch(names, name); ok {
			continue
		}
		if ignore.covers(name) {
			return malformed("%q is in the manifest and ignored", name)
		}
		return changed(name, "is missing")
	}
	for _, name := range names {
		if want[name] != nil || o.unsigned {
			continue
		}
		if s.shard != 0 && t.empty(name) {
			continue // an empty file has no shard
		}
		return changed(name, "is not in the manifest")
	}
	return nil
}

// load reads and checks the files of the manifest, of at most limit bytes together.
func (t *tree) load(want map[string][]piece, limit int64) (map[string][]byte, error) {
	files, left := map[string][]byte{}, limit
	for _, name := range slices.Sorted(maps.Keys(want)) {
		data, err := t.read(name, left)
		if errors.Is(err, errTooLarge) {
			return nil, fmt.Errorf("model has more than %d bytes: %w", limit, err)
		}
		if err != nil {
			return nil, err
		}
		if err := check(name, data, want[name]); err != nil {
			return nil, err
		}
		left -= int64(len(data))
		files[name] = data
	}
	return files, nil
}

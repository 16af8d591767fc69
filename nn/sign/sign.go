package sign

import (
	"crypto/ecdsa"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/gannet-ml/gannet/internal/atomicfile"
)

// FileName is the name of the signature file in the directory of a model.
const FileName = "model.sig"

// Sign signs every file of a directory and writes the signature into it, to
// [FileName], in one step: if it fails, an old signature is as it was. Files of
// version control at the top (.git, .gitattributes, .github, .gitignore) are left
// out; symbolic links and other things that are not regular files are errors. An
// empty directory is, too.
func Sign(dir string, key *ecdsa.PrivateKey) error {
	path := filepath.Join(dir, FileName)
	if _, err := atomicfile.CleanTemp(path); err != nil { // or it would be signed
		return withPath(err, dir)
	}
	bundle, err := SignBundle(dir, key, Ignore(FileName))
	if err != nil {
		return err
	}
	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(bundle)
		return err
	})
	if err != nil {
		return withPath(err, dir)
	}
	return nil
}

// SignBundle returns the signature of a model, a directory or a single file. Take
// it instead of [Sign] to keep the signature elsewhere, and for options: [Ignore]
// and [Shards].
func SignBundle(path string, key *ecdsa.PrivateKey, opts ...Option) ([]byte, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, fmt.Errorf("sign: %s: key is nil", path)
	}
	if err := checkKey(&key.PublicKey); err != nil {
		return nil, withPath(err, path)
	}
	t, err := openTree(path)
	if err != nil {
		return nil, err
	}
	defer t.close()
	bundle, err := t.sign(key, o)
	if err != nil {
		return nil, withPath(err, path)
	}
	return bundle, nil
}

func (t *tree) sign(key *ecdsa.PrivateKey, o *options) ([]byte, error) {
	s, err := t.statement(o)
	if err != nil {
		return nil, err
	}
	payload, err := s.encode()
	if err != nil {
		return nil, err
	}
	return encodeBundle(payload, key)
}

// statement hashes the files of a model.
func (t *tree) statement(o *options) (*statement, error) {
	abs, err := filepath.Abs(t.path)
	if err != nil {
		return nil, err
	}
	files, err := t.list(newIgnoreSet(o.ignore), false)
	if err != nil {
		return nil, err
	}
	ignore := slices.Concat(defaultIgnore, o.ignore)
	slices.Sort(ignore)
	return newStatement(t, filepath.Base(abs), files, slices.Compact(ignore), o.shard)
}

package sign_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/nn/sign"
)

// The error says which file is not as it was signed.
func ExampleError() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	weights := filepath.Join(dir, "model.safetensors")
	key, err := sign.GenerateKey(elliptic.P256())
	if err := errors.Join(err, os.WriteFile(weights, []byte("weights"), 0o644)); err != nil {
		fmt.Println(err)
		return
	}
	if err := errors.Join(sign.Sign(dir, key), os.WriteFile(weights, []byte("other weights"), 0o644)); err != nil {
		fmt.Println(err)
		return
	}
	_, err = sign.Verify(dir, &key.PublicKey)
	var e *sign.Error
	fmt.Println(errors.As(err, &e), e.File, e.Err)
	// Output:
	// true model.safetensors content changed after signing
}

// A signature names its key by a fingerprint, which says whose it is, and the model
// by a digest, which says which one it is. Large files may be hashed in shards, and
// files that nobody signed tolerated.
func ExampleFingerprint() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	key, err := sign.GenerateKey(elliptic.P384())
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "model.safetensors"), []byte("weights"), 0o644)); err != nil {
		fmt.Println(err)
		return
	}
	bundle, err := sign.SignBundle(dir, key, sign.Shards(4))
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o644)); err != nil {
		fmt.Println(err)
		return
	}
	m, err := sign.VerifyBundle(bundle, dir, []*ecdsa.PublicKey{&key.PublicKey}, sign.IgnoreUnsigned())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Files(), len(m.Digest()), len(sign.Fingerprint(m.Key())))
	// Output:
	// [model.safetensors] 64 64
}

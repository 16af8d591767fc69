package sign_test

import (
	"crypto/elliptic"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/nn/sign"
)

// Who makes a model signs its directory; who runs it verifies, and loads what was
// verified.
func ExampleSign() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	weights := filepath.Join(dir, "model.safetensors")
	if err := os.WriteFile(weights, []byte("weights"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	key, err := sign.GenerateKey(elliptic.P256())
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := sign.Sign(dir, key); err != nil {
		fmt.Println(err)
		return
	}

	m, err := sign.Verify(dir, &key.PublicKey)
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := m.ReadFile("model.safetensors")
	fmt.Printf("%q %s %v\n", m.Files(), data, err)

	// A byte more, and the model is refused.
	os.WriteFile(weights, []byte("weights!"), 0o644)
	_, err = sign.Verify(dir, &key.PublicKey)
	fmt.Println(errors.Is(err, sign.ErrChanged))
	// Output:
	// ["model.safetensors"] weights <nil>
	// true
}

// While keys change, both are trusted.
func ExampleVerify() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "model.safetensors"), []byte("weights"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	old, err1 := sign.GenerateKey(elliptic.P256())
	next, err2 := sign.GenerateKey(elliptic.P384())
	if err := errors.Join(err1, err2); err != nil {
		fmt.Println(err)
		return
	}
	_, err = sign.Verify(dir, &old.PublicKey)
	fmt.Println(errors.Is(err, sign.ErrNotSigned))

	if err := sign.Sign(dir, next); err != nil {
		fmt.Println(err)
		return
	}
	_, err = sign.Verify(dir, &old.PublicKey)
	fmt.Println(errors.Is(err, sign.ErrUnknownKey))
	m, err := sign.Verify(dir, &old.PublicKey, &next.PublicKey)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Key().Equal(&next.PublicKey))
	// Output:
	// true
	// true
	// true
}

// A signature that is kept apart from the model, which leaves a folder out.
func ExampleSignBundle() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"model.safetensors", "cache/plan"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(name), 0o644)); err != nil {
			fmt.Println(err)
			return
		}
	}
	key, err := sign.GenerateKey(elliptic.P521())
	if err != nil {
		fmt.Println(err)
		return
	}
	bundle, err := sign.SignBundle(dir, key, sign.Ignore("cache"))
	if err != nil {
		fmt.Println(err)
		return
	}
	public, err := sign.MarshalPublicKey(&key.PublicKey) // as a file would have it
	if err != nil {
		fmt.Println(err)
		return
	}

	keys, err := sign.ParsePublicKeys(public)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := sign.VerifyBundle(bundle, dir, keys, sign.MaxBytes(1<<20))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Files())
	// Output: [model.safetensors]
}

func ExampleWritePrivateKey() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "signing-key.pem")
	key, err := sign.GenerateKey(elliptic.P256())
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := sign.WritePrivateKey(path, key); err != nil {
		fmt.Println(err)
		return
	}
	again, err := sign.ReadPrivateKey(path)
	fmt.Println(key.Equal(again), err)
	// Output: true <nil>
}

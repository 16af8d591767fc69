package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/gannet-ml/gannet/nn/sign"
)

// writeSigningPair writes a new private key to prefix.key and what others verify
// its signatures with to prefix.pub.
func writeSigningPair(prefix string) error {
	key, err := sign.GenerateKey(elliptic.P256())
	if err != nil {
		return err
	}
	public, err := sign.MarshalPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	if err := sign.WritePrivateKey(prefix+".key", key); err != nil {
		return err
	}
	if err := os.WriteFile(prefix+".pub", public, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s.key signs: keep it secret, and away from servers.\n%[1]s.pub verifies: it is what -require-signature takes.\n", prefix)
	return nil
}

// folderAndKey reads the arguments DIR -key FILE, in either order.
func folderAndKey(command string, args []string) (dir, key string, err error) {
	f := flag.NewFlagSet("service "+command, flag.ContinueOnError)
	f.StringVar(&key, "key", "", "`file` with the key (PEM)")
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		dir, args = args[0], args[1:]
	}
	if err := f.Parse(args); err != nil {
		return "", "", err
	}
	if dir == "" && f.NArg() == 1 {
		dir = f.Arg(0)
	} else if f.NArg() > 0 {
		return "", "", fmt.Errorf("unexpected argument %q", f.Arg(f.NArg()-1))
	}
	if dir == "" || key == "" {
		return "", "", fmt.Errorf("want %s DIR -key FILE", command)
	}
	return dir, key, nil
}

// signModel signs the files of a version.
func signModel(_ context.Context, args []string) error {
	dir, file, err := folderAndKey("sign", args)
	if err != nil {
		return err
	}
	key, err := sign.ReadPrivateKey(file)
	if err != nil {
		return err
	}
	if err := sign.Sign(dir, key); err != nil {
		return err
	}
	fmt.Printf("signed %s with key %s\n", dir, sign.Fingerprint(&key.PublicKey))
	return nil
}

// verifyModel checks the files of a version against their signature.
func verifyModel(_ context.Context, args []string) error {
	dir, file, err := folderAndKey("verify", args)
	if err != nil {
		return err
	}
	keys, err := readPublicKeys(file)
	if err != nil {
		return err
	}
	m, err := sign.Verify(dir, keys...)
	if err != nil {
		return err
	}
	fmt.Printf("%s is as it was when key %s signed it: %s\n", dir, sign.Fingerprint(m.Key()), strings.Join(m.Files(), ", "))
	return nil
}

// readPublicKeys reads the keys of those who may sign models.
func readPublicKeys(path string) ([]*ecdsa.PublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	keys, err := sign.ParsePublicKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

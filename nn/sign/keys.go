package sign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	_ "crypto/sha512" // for P-384 and P-521
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// maxPEM bounds the bytes of a file of keys.
const maxPEM = 256 << 10

// hashOf returns the hash that goes with a curve, 0 for a curve that the format
// does not have.
func hashOf(c elliptic.Curve) crypto.Hash {
	switch c {
	case elliptic.P256():
		return crypto.SHA256
	case elliptic.P384():
		return crypto.SHA384
	case elliptic.P521():
		return crypto.SHA512
	}
	return 0
}

// checkKey checks that signatures with the key are possible.
func checkKey(key *ecdsa.PublicKey) error {
	if key == nil || key.Curve == nil {
		return errors.New("key is nil")
	}
	if hashOf(key.Curve) == 0 {
		return fmt.Errorf("key is on curve %s, want P-256, P-384 or P-521", key.Params().Name)
	}
	return nil
}

// GenerateKey returns a new private key on P-256, P-384 or P-521 of
// [crypto/elliptic]. P-256 is the usual choice.
func GenerateKey(curve elliptic.Curve) (*ecdsa.PrivateKey, error) {
	if hashOf(curve) == 0 {
		return nil, fmt.Errorf("sign: GenerateKey: curve is %s, want P-256, P-384 or P-521", curve.Params().Name)
	}
	return ecdsa.GenerateKey(curve, rand.Reader)
}

// WritePrivateKey writes a key to a new file that only its owner may read (mode
// 0600), in PKCS #8 and PEM. It is not encrypted. An existing file is an error.
func WritePrivateKey(path string, key *ecdsa.PrivateKey) (err error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("sign: WritePrivateKey: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("sign: WritePrivateKey: %w", err)
	}
	err = pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
		return fmt.Errorf("sign: WritePrivateKey: %w", err)
	}
	return nil
}

// ReadPrivateKey reads a key that [WritePrivateKey] or openssl wrote: PEM of PKCS
// #8 ("PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY"), not encrypted.
func ReadPrivateKey(path string) (*ecdsa.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("sign: ReadPrivateKey: %w", err)
	}
	var found *ecdsa.PrivateKey
	err = eachBlock(data, func(b *pem.Block) error {
		key, err := parsePrivate(b)
		if err != nil {
			return err
		}
		if key == nil {
			return fmt.Errorf("PEM block is a %q, want a \"PRIVATE KEY\"", b.Type)
		}
		if found != nil {
			return errors.New("more than one key")
		}
		found = key
		return checkKey(&key.PublicKey)
	})
	if err != nil {
		return nil, fmt.Errorf("sign: ReadPrivateKey: %s: %w", path, err)
	}
	return found, nil
}

// MarshalPublicKey returns the PEM of a public key ("PUBLIC KEY"), for those who
// verify.
func MarshalPublicKey(key *ecdsa.PublicKey) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, fmt.Errorf("sign: MarshalPublicKey: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("sign: MarshalPublicKey: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// ParsePublicKeys reads the public keys of a PEM text, one at least: those of
// blocks "PUBLIC KEY", those that belong to private keys ("PRIVATE KEY", "EC
// PRIVATE KEY"), and those in certificates ("CERTIFICATE"), of which neither dates
// nor issuer are looked at: who gives the key trusts it. Text outside of blocks
// is skipped.
func ParsePublicKeys(text []byte) ([]*ecdsa.PublicKey, error) {
	var keys []*ecdsa.PublicKey
	err := eachBlock(text, func(b *pem.Block) error {
		key, err := parsePublic(b)
		if err != nil {
			return err
		}
		keys = append(keys, key)
		return checkKey(key)
	})
	if err != nil {
		return nil, fmt.Errorf("sign: ParsePublicKeys: %w", err)
	}
	return keys, nil
}

// Fingerprint returns the SHA-256 of [MarshalPublicKey] in hexadecimal digits, by
// which signatures name their key. It is "" for a key that cannot sign.
func Fingerprint(key *ecdsa.PublicKey) string {
	text, err := MarshalPublicKey(key)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// eachBlock calls f for the blocks of a PEM text, one at least. The parameters
// that openssl writes in front of a key say nothing that the key does not.
func eachBlock(text []byte, f func(*pem.Block) error) error {
	if len(text) > maxPEM {
		return fmt.Errorf("PEM text has %d bytes, want at most %d", len(text), maxPEM)
	}
	n := 0
	for {
		b, rest := pem.Decode(text)
		if b == nil {
			break
		}
		if text = rest; b.Type == "EC PARAMETERS" {
			continue
		}
		if n++; b.Headers["DEK-Info"] != "" {
			return errors.New("key is encrypted; decrypt it first")
		}
		if err := f(b); err != nil {
			return err
		}
	}
	if n == 0 {
		return errors.New("no key in PEM found")
	}
	return nil
}

// parsePrivate returns the private key of a block, nil if it is of another kind.
func parsePrivate(b *pem.Block) (*ecdsa.PrivateKey, error) {
	switch b.Type {
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(b.Bytes)
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(b.Bytes)
		if err != nil {
			return nil, err
		}
		ec, ok := key.(*ecdsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("key is a %T, want ECDSA", key)
		}
		return ec, nil
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("key is encrypted; decrypt it first")
	}
	return nil, nil
}

// parsePublic returns the public key of a block.
func parsePublic(b *pem.Block) (*ecdsa.PublicKey, error) {
	if private, err := parsePrivate(b); private != nil || err != nil {
		if err != nil {
			return nil, err
		}
		return &private.PublicKey, nil
	}
	var key any
	var err error
	switch b.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(b.Bytes)
	case "CERTIFICATE":
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(b.Bytes); err == nil {
			key = c.PublicKey
		}
	default:
		return nil, fmt.Errorf("PEM block is a %q, want a \"PUBLIC KEY\"", b.Type)
	}
	if err != nil {
		return nil, err
	}
	ec, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("key is a %T, want ECDSA", key)
	}
	return ec, nil
}

package sign

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var curves = []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}

func TestPrivateKeyFile(t *testing.T) {
	for _, curve := range curves {
		path := filepath.Join(t.TempDir(), "key.pem")
		key := newKey(t, curve)
		must(t, WritePrivateKey(path, key))
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
			t.Errorf("mode is %v, want 0600; %v", info.Mode(), err)
		}
		got, err := ReadPrivateKey(path)
		must(t, err)
		if !got.Equal(key) {
			t.Errorf("%s: another key", curve.Params().Name)
		}
		if err := WritePrivateKey(path, newKey(t, curve)); err == nil {
			t.Error("a key was overwritten")
		}
		if got, err := ReadPrivateKey(path); err != nil || !got.Equal(key) {
			t.Errorf("the old key is gone: %v", err)
		}
	}
}

// pemOf returns a PEM block.
func pemOf(t *testing.T, typ string, der []byte, err error) string {
	t.Helper()
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}))
}

func TestParsePublicKeys(t *testing.T) {
	key := newKey(t, elliptic.P384())
	public, err := MarshalPublicKey(&key.PublicKey)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	private := pemOf(t, "PRIVATE KEY", pkcs8, err)
	sec1, err := x509.MarshalECPrivateKey(key)
	ec := pemOf(t, "EC PARAMETERS", []byte{5, 0}, nil) + pemOf(t, "EC PRIVATE KEY", sec1, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "models"}, NotAfter: time.Unix(1, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	certificate := pemOf(t, "CERTIFICATE", der, err)
	for _, text := range []string{string(public), private, ec, certificate, "Subject: models\n" + certificate + "\n", string(public) + ec} {
		keys, err := ParsePublicKeys([]byte(text))
		if err != nil || len(keys) != strings.Count(text, "-----BEGIN")-strings.Count(text, "-----BEGIN EC PARA") {
			t.Errorf("%.40q: %d keys, %v", text, len(keys), err)
		}
		for _, k := range keys {
			if !k.Equal(&key.PublicKey) {
				t.Errorf("%.40q: another key", text)
			}
		}
	}

	ed, _, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	edDER, err := x509.MarshalPKIXPublicKey(ed)
	edPEM := pemOf(t, "PUBLIC KEY", edDER, err)
	weak, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	must(t, err)
	weakDER, err := x509.MarshalPKIXPublicKey(&weak.PublicKey)
	weakPEM := pemOf(t, "PUBLIC KEY", weakDER, err)
	for text, want := range map[string]string{
		"":                                     "no key in PEM found",
		"key":                                  "no key in PEM found",
		edPEM:                                  "key is a ed25519.PublicKey, want ECDSA",
		weakPEM:                                "key is on curve P-224, want P-256, P-384 or P-521",
		private + edPEM:                        "key is a ed25519.PublicKey, want ECDSA",
		pemOf(t, "PUBLIC KEY", []byte{1}, nil): "asn1",
		pemOf(t, "ENCRYPTED PRIVATE KEY", []byte{1}, nil): "key is encrypted",
		pemOf(t, "X509 CRL", []byte{1}, nil):              `PEM block is a "X509 CRL", want a "PUBLIC KEY"`,
		strings.Repeat(" ", maxPEM+1):                     "PEM text has 262145 bytes, want at most 262144",
	} {
		_, err := ParsePublicKeys([]byte(text))
		if !strings.HasPrefix(fmt.Sprint(err), "sign: ParsePublicKeys: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: error %v, want %q", text, err, want)
		}
	}

	path := filepath.Join(t.TempDir(), "key.pem")
	for text, want := range map[string]string{
		string(public): `PEM block is a "PUBLIC KEY", want a "PRIVATE KEY"`, private + ec: "more than one key", "": "no key in PEM found",
	} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := ReadPrivateKey(path)
		fails(t, err, "ReadPrivateKey: "+path, want)
	}
	must(t, os.WriteFile(path, []byte(ec), 0o600))
	if got, err := ReadPrivateKey(path); err != nil || !got.Equal(key) {
		t.Errorf("SEC 1: %v", err)
	}
}

func TestGenerateKeyRefuses(t *testing.T) {
	_, err := GenerateKey(elliptic.P224())
	fails(t, err, "GenerateKey: curve is P-224, want P-256, P-384 or P-521")
}

func TestFingerprint(t *testing.T) {
	key := newKey(t, elliptic.P256())
	if got := Fingerprint(&key.PublicKey); len(got) != 64 || got != strings.ToLower(got) {
		t.Errorf("Fingerprint is %q, want 64 hexadecimal digits", got)
	}
	if got := Fingerprint(new(ecdsa.PublicKey)); got != "" {
		t.Errorf("Fingerprint of no key is %q, want none", got)
	}
	text, err := MarshalPublicKey(&key.PublicKey)
	must(t, err)
	if !bytes.HasPrefix(text, []byte("-----BEGIN PUBLIC KEY-----\n")) {
		t.Errorf("public key is %s", text)
	}
}

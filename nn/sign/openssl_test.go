package sign

import (
	"crypto/ecdsa"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// openssl runs the program in a folder, or skips the test where there is none.
func openssl(t *testing.T, dir string, args ...string) {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl to compare with")
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl %q: %v: %s", args, err, out)
	}
}

// Keys and signatures of openssl are ours, and ours are those of openssl.
func TestOpenSSL(t *testing.T) {
	for curve, hash := range map[string]string{"prime256v1": "-sha256", "secp384r1": "-sha384", "secp521r1": "-sha512"} {
		t.Run(curve, func(t *testing.T) {
			tmp, dir := t.TempDir(), model(t, files)
			openssl(t, tmp, "ecparam", "-name", curve, "-genkey", "-out", "key.pem")
			openssl(t, tmp, "ec", "-in", "key.pem", "-pubout", "-out", "public.pem")
			key, err := ReadPrivateKey(filepath.Join(tmp, "key.pem"))
			must(t, err)
			public := publicKeys(t, filepath.Join(tmp, "public.pem"))

			text, err := SignBundle(dir, key)
			must(t, err)
			b, err := parseBundle(text)
			must(t, err)
			put(t, tmp, "message", preAuth(b.payload))
			put(t, tmp, "signature", b.signature)
			openssl(t, tmp, "dgst", hash, "-verify", "public.pem", "-signature", "signature", "message")

			openssl(t, tmp, "dgst", hash, "-sign", "key.pem", "-out", "signature", "message")
			signature, err := os.ReadFile(filepath.Join(tmp, "signature"))
			must(t, err)
			text, err = assemble([]byte(b.payload), signature, Fingerprint(public[0]))
			must(t, err)
			m, err := VerifyBundle(text, dir, []*ecdsa.PublicKey{public[0]})
			must(t, err)
			holds(t, m, files)
		})
	}
}

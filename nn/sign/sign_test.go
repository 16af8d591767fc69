package sign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSignRefuses(t *testing.T) {
	key := newKey(t, elliptic.P256())
	fails(t, Sign(t.TempDir(), key), "there are no files to sign")
	fails(t, Sign(model(t, map[string]string{".git/HEAD": "x", FileName: "x"}), key), "there are no files to sign")
	fails(t, Sign(filepath.Join(t.TempDir(), "missing"), key), "missing")
	dir := model(t, files)
	fails(t, Sign(dir, nil), "key is nil")
	fails(t, Sign(dir, new(ecdsa.PrivateKey)), "key is nil")
	weak, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	must(t, err)
	fails(t, Sign(dir, weak), "key is on curve P-224, want P-256, P-384 or P-521")
	for _, n := range []int64{-1, maxShard + 1} {
		_, err = SignBundle(dir, key, Shards(n))
		fails(t, err, "Shards: size is ")
	}
	_, err = SignBundle(model(t, map[string]string{"empty": ""}), key, Shards(1))
	fails(t, err, "there are no files to sign")
	_, err = SignBundle(model(t, map[string]string{"many": strings.Repeat("x", maxFiles+1)}), key, Shards(1))
	fails(t, err, "manifest has more than 100000 entries; use larger shards")
	if exists(filepath.Join(dir, FileName)) {
		t.Error("a signature was written")
	}
}

func TestSignRefusesLinks(t *testing.T) {
	key := newKey(t, elliptic.P256())
	for _, target := range []string{"labels.txt", "a", ".", "..", "/etc/passwd", "nowhere"} {
		dir := model(t, files)
		link(t, target, filepath.Join(dir, "link"))
		fails(t, Sign(dir, key), `"link" is a symbolic link, want a regular file`)
	}
	dir := model(t, files)
	link(t, "labels.txt", filepath.Join(dir, "link"))
	_, err := SignBundle(filepath.Join(dir, "link"), key)
	fails(t, err, `"link" is a symbolic link`)
	// The directory itself may be one, as that of the current version.
	current := filepath.Join(t.TempDir(), "current")
	link(t, model(t, files), current)
	must(t, Sign(current, key))
	_, err = Verify(current, &key.PublicKey)
	must(t, err)
}

func TestSignRefusesNames(t *testing.T) {
	key := newKey(t, elliptic.P256())
	for name, reason := range map[string]string{
		"a\nb": "has a control character", "a\x7f": "has a control character", `a\b`: "has a backslash", "a\xff": "is not UTF-8",
	} {
		for _, path := range []string{name, name + "/file"} {
			dir := t.TempDir()
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o755); err != nil {
				continue // the file system does not have such names
			}
			if err := os.WriteFile(filepath.Join(dir, path), nil, 0o644); err != nil || strings.Contains(path, string(filepath.Separator)) && path == name {
				continue
			}
			fails(t, Sign(dir, key), reason)
		}
	}
}

// What a crash left must not be signed, and an old signature is replaced.
func TestSignCleans(t *testing.T) {
	key := newKey(t, elliptic.P256())
	dir := model(t, files)
	put(t, dir, "."+FileName+".0123456789abcdef.gannettmp", "half")
	put(t, dir, FileName, "old")
	must(t, Sign(dir, key))
	m, err := Verify(dir, &key.PublicKey)
	must(t, err)
	holds(t, m, files)
}

// A signature says the same whenever and wherever it is made.
func TestSignDeterministic(t *testing.T) {
	key := newKey(t, elliptic.P256())
	var payloads []string
	for range 2 {
		dir := filepath.Join(t.TempDir(), "catdog")
		for name, content := range files {
			put(t, dir, name, content)
		}
		bundle, err := SignBundle(dir, key, Ignore("z", "cache", "z"))
		must(t, err)
		payloads = append(payloads, payloadOf(t, bundle))
	}
	if payloads[0] != payloads[1] {
		t.Errorf("payloads %s and %s", payloads[0], payloads[1])
	}
	const start = `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"catdog","digest":{"sha256":"`
	const how = `"predicate":{"serialization":{"method":"files","hash_type":"sha256","allow_symlinks":false,` +
		`"ignore_paths":[".git",".gitattributes",".github",".gitignore","cache","z"]},"resources":[{"name":"a/b/ü: \u003c1\u003e.bin","digest":"`
	if !strings.HasPrefix(payloads[0], start) || !strings.Contains(payloads[0], how) {
		t.Errorf("payload is %s", payloads[0])
	}
}

package sign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var files = map[string]string{"model.safetensors": "weights", "labels.txt": "cat\ndog\n", "a/b/ü: <1>.bin": "\x00\xff", "empty": ""}

func TestRoundTrip(t *testing.T) {
	for _, curve := range curves {
		t.Run(curve.Params().Name, func(t *testing.T) {
			dir := model(t, files)
			key, other := newKey(t, curve), newKey(t, elliptic.P256())
			for range 2 { // the second time there is an old signature
				must(t, Sign(dir, key))
				m, err := Verify(dir, &other.PublicKey, &key.PublicKey)
				must(t, err)
				holds(t, m, files)
				if !m.Key().Equal(&key.PublicKey) || len(m.Digest()) != 64 {
					t.Errorf("key %v, digest %q", m.Key(), m.Digest())
				}
				if _, err := m.ReadFile(FileName); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("ReadFile(%q): %v, want not exist", FileName, err)
				}
			}
		})
	}
}

func TestRoundTripShards(t *testing.T) {
	dir := model(t, files)
	key := newKey(t, elliptic.P256())
	keys := []*ecdsa.PublicKey{&key.PublicKey}
	for _, size := range []int64{1, 2, 7, 8, 9, maxShard} {
		bundle, err := SignBundle(dir, key, Shards(size))
		must(t, err)
		m, err := VerifyBundle(bundle, dir, keys)
		must(t, err)
		holds(t, m, map[string]string{"model.safetensors": "weights", "labels.txt": "cat\ndog\n", "a/b/ü: <1>.bin": "\x00\xff"})
	}
	bundle, err := SignBundle(dir, key, Shards(3))
	must(t, err)
	for content, want := range map[string]string{
		"weighty":  `"model.safetensors": sha256 of bytes 6 to 7 is `,
		"weight":   `"model.safetensors": has 6 bytes, want 7`,
		"weightsy": `"model.safetensors": has 8 bytes, want 7`,
		"":         `"model.safetensors": has 0 bytes, want 7`,
	} {
		put(t, dir, "model.safetensors", content)
		_, err := VerifyBundle(bundle, dir, keys)
		refused(t, err, ErrChanged, want)
	}
}

func TestRoundTripSingleFile(t *testing.T) {
	dir := model(t, map[string]string{"model.onnx": "graph", "other": "x"})
	path := filepath.Join(dir, "model.onnx")
	key := newKey(t, elliptic.P256())
	bundle, err := SignBundle(path, key)
	must(t, err)
	m, err := VerifyBundle(bundle, path, []*ecdsa.PublicKey{&key.PublicKey})
	must(t, err)
	holds(t, m, map[string]string{"model.onnx": "graph"})
	_, err = VerifyBundle(bundle, filepath.Join(dir, "other"), []*ecdsa.PublicKey{&key.PublicKey})
	refused(t, err, ErrChanged, `"model.onnx": is missing`)
	_, err = VerifyBundle(bundle, dir, []*ecdsa.PublicKey{&key.PublicKey})
	refused(t, err, ErrChanged, `"other": is not in the manifest`)
}

// refused checks the reason why a model was refused.
func refused(t *testing.T, err, reason error, text string) {
	t.Helper()
	if _, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, reason) || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want an *Error that is %q and has %q", err, reason, text)
	}
}

// What happens to a directory after it was signed.
var changes = []struct {
	name   string
	change func(t *testing.T, dir string)
	reason error
	text   string
}{
	{"byte", func(t *testing.T, dir string) { put(t, dir, "model.safetensors", "weighty") }, ErrChanged,
		`"model.safetensors": sha256 is `},
	{"shorter", func(t *testing.T, dir string) { put(t, dir, "model.safetensors", "weight") }, ErrChanged, `"model.safetensors": sha256 is `},
	{"emptied", func(t *testing.T, dir string) { put(t, dir, "model.safetensors", "") }, ErrChanged, `"model.safetensors": sha256 is `},
	{"removed", func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "labels.txt"))) }, ErrChanged, `"labels.txt": is missing`},
	{"added", func(t *testing.T, dir string) { put(t, dir, "a/c", "") }, ErrChanged, `"a/c": is not in the manifest`},
	{"hidden", func(t *testing.T, dir string) { put(t, dir, ".x", "") }, ErrChanged, `".x": is not in the manifest`},
	{"not at the top", func(t *testing.T, dir string) { put(t, dir, "a/.git", "") }, ErrChanged, `"a/.git": is not in the manifest`},
	{"renamed", func(t *testing.T, dir string) {
		must(t, os.Rename(filepath.Join(dir, "labels.txt"), filepath.Join(dir, "Labels.txt")))
	}, ErrChanged, `"labels.txt": is missing`},
	{"folder for a file", func(t *testing.T, dir string) {
		must(t, os.Remove(filepath.Join(dir, "labels.txt")))
		must(t, os.Mkdir(filepath.Join(dir, "labels.txt"), 0o755))
	}, ErrChanged, `"labels.txt": is missing`},
	{"link for a file", func(t *testing.T, dir string) {
		must(t, os.Rename(filepath.Join(dir, "labels.txt"), filepath.Join(t.TempDir(), "labels.txt")))
		link(t, filepath.Join(dir, "model.safetensors"), filepath.Join(dir, "labels.txt"))
	}, ErrChanged, `"labels.txt": is a symbolic link`},
	{"link for a folder", func(t *testing.T, dir string) {
		must(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, ".git")))
		link(t, ".git", filepath.Join(dir, "a"))
	}, ErrChanged, `"a": is a symbolic link`},
	{"signature removed", func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, FileName))) }, ErrNotSigned, "no model.sig"},
	{"signature emptied", func(t *testing.T, dir string) { put(t, dir, FileName, "") }, ErrBundle, "bundle: byte 0: ends too early"},
	{"signature cut", func(t *testing.T, dir string) { put(t, dir, FileName, `{"mediaType":`) }, ErrBundle, "ends too early"},
	{"signature a folder", func(t *testing.T, dir string) {
		must(t, os.Remove(filepath.Join(dir, FileName)))
		must(t, os.Mkdir(filepath.Join(dir, FileName), 0o755))
	}, ErrBundle, "model.sig is of mode d"},
	{"other key", func(t *testing.T, dir string) { must(t, Sign(dir, newKey(t, elliptic.P384()))) }, ErrUnknownKey, "trusted are"},
	{"hint changed", func(t *testing.T, dir string) { // which nobody believes
		must(t, Sign(dir, newKey(t, elliptic.P384())))
		edit(t, dir, func(b *bundle) { b.hint = "me" })
	}, ErrUnknownKey, `key is "me"`},
	{"payload changed", func(t *testing.T, dir string) {
		edit(t, dir, func(b *bundle) { b.payload = strings.Replace(b.payload, "labels", "others", 1) })
	}, ErrChanged, "signature is not that of key"},
	{"signature changed", func(t *testing.T, dir string) {
		edit(t, dir, func(b *bundle) { b.signature = b.signature[1:] })
	}, ErrChanged, "signature is not that of key"},
}

// edit changes the signature file of a directory.
func edit(t *testing.T, dir string, change func(*bundle)) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, FileName))
	must(t, err)
	b, err := parseBundle(text)
	must(t, err)
	change(b)
	text, err = assemble([]byte(b.payload), []byte(b.signature), b.hint)
	must(t, err)
	put(t, dir, FileName, string(text))
}

func TestVerifyRefuses(t *testing.T) {
	key := newKey(t, elliptic.P256())
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			dir := model(t, files)
			must(t, Sign(dir, key))
			_, err := Verify(dir, &key.PublicKey)
			must(t, err)
			c.change(t, dir)
			m, err := Verify(dir, &key.PublicKey)
			refused(t, err, c.reason, c.text)
			if m != nil || !strings.HasPrefix(fmt.Sprint(err), "sign: "+dir+": ") {
				t.Errorf("model %v, error %v, want none and one that begins with the path", m, err)
			}
		})
	}
}

func TestVerifyTolerates(t *testing.T) {
	key := newKey(t, elliptic.P256())
	dir := model(t, files)
	must(t, Sign(dir, key))
	put(t, dir, ".git/HEAD", "x")
	put(t, dir, ".gitignore", "x")
	edit(t, dir, func(b *bundle) { b.hint = "someone else" })
	m, err := Verify(dir, &key.PublicKey)
	must(t, err)
	holds(t, m, files)

	put(t, dir, "new/file", "x")
	link(t, "nowhere", filepath.Join(dir, "link"))
	bundle, err := os.ReadFile(filepath.Join(dir, FileName))
	must(t, err)
	m, err = VerifyBundle(bundle, dir, []*ecdsa.PublicKey{&key.PublicKey}, IgnoreUnsigned())
	must(t, err)
	holds(t, m, files)
	m, err = VerifyBundle(bundle, dir, []*ecdsa.PublicKey{&key.PublicKey}, Ignore(FileName, "new", "link"))
	must(t, err)
	holds(t, m, files)
	_, err = VerifyBundle(bundle, dir, []*ecdsa.PublicKey{&key.PublicKey}, Ignore(FileName, "new", "link", "a"))
	refused(t, err, ErrBundle, `"a/b/ü: <1>.bin" is in the manifest and ignored`)
}

// Whatever happens to the directory while a model is verified, what comes out are
// the bytes that were hashed, or nothing.
func TestVerifyReplacedMeanwhile(t *testing.T) {
	key := newKey(t, elliptic.P256())
	content := strings.Repeat("good", 1<<12)
	dir := model(t, map[string]string{"model": content})
	must(t, Sign(dir, key))
	path, spare := filepath.Join(dir, "model"), filepath.Join(t.TempDir(), "spare")
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // in place, and by another file
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			data := content
			if i%2 == 0 {
				data = strings.Repeat("evil", 1<<12)
			}
			if i%3 == 0 {
				os.WriteFile(spare, []byte(data), 0o644)
				os.Rename(spare, path)
			} else {
				os.WriteFile(path, []byte(data), 0o644)
			}
		}
	}()
	verified := 0
	for i := 0; i < 500 && verified < 20; i++ {
		m, err := Verify(dir, &key.PublicKey)
		if err != nil {
			continue
		}
		verified++
		if got, _ := m.ReadFile("model"); string(got) != content {
			t.Fatal("verified content differs from what was signed")
		}
	}
	close(stop)
	<-done
	t.Logf("%d times verified", verified)
}

// Between verification and use there is no file any more.
func TestVerifySnapshot(t *testing.T) {
	key := newKey(t, elliptic.P256())
	dir := model(t, files)
	must(t, Sign(dir, key))
	m, err := Verify(dir, &key.PublicKey)
	must(t, err)
	for name := range files {
		put(t, dir, name, "replaced")
	}
	holds(t, m, files)
	must(t, os.RemoveAll(dir))
	holds(t, m, files)
}

func TestVerifyLimits(t *testing.T) {
	key := newKey(t, elliptic.P256())
	keys := []*ecdsa.PublicKey{&key.PublicKey}
	dir := model(t, map[string]string{"a": "12345", "b": "67890"})
	bundle, err := SignBundle(dir, key)
	must(t, err)
	if _, err := VerifyBundle(bundle, dir, keys, MaxBytes(10)); err != nil {
		t.Error(err)
	}
	_, err = VerifyBundle(bundle, dir, keys, MaxBytes(9))
	fails(t, err, dir, "model has more than 9 bytes", `"b" has 5 bytes, want at most 4`)
	// A file that grew to more than memory holds is not read at all.
	if runtime.GOOS == "linux" {
		must(t, os.Truncate(filepath.Join(dir, "b"), 1<<40))
		_, err = VerifyBundle(bundle, dir, keys)
		fails(t, err, "model has more than 4294967296 bytes")
	}
	_, err = VerifyBundle(make([]byte, maxBundle+1), dir, keys)
	refused(t, err, ErrBundle, "bundle has 16777217 bytes, want at most 16777216")
}

// fails checks an error that is not about the content of a model.
func fails(t *testing.T, err error, texts ...string) {
	t.Helper()
	for _, text := range append(texts, "sign: ") {
		if !strings.Contains(fmt.Sprint(err), text) {
			t.Errorf("error %v, want one with %q", err, text)
		}
	}
	if _, ok := errors.AsType[*Error](err); ok {
		t.Errorf("error %v is an *Error", err)
	}
}

func TestVerifyArguments(t *testing.T) {
	key := newKey(t, elliptic.P256())
	dir := model(t, files)
	must(t, Sign(dir, key))
	_, err := Verify(dir)
	fails(t, err, "no keys to verify with")
	_, err = Verify(dir, &key.PublicKey, nil)
	fails(t, err, "key 1: key is nil")
	_, err = Verify(filepath.Join(dir, "missing"), &key.PublicKey)
	fails(t, err, "missing")
	keys := []*ecdsa.PublicKey{&key.PublicKey}
	_, err = VerifyBundle(nil, dir, keys, MaxBytes(0))
	fails(t, err, "MaxBytes: got 0, want at least 1")
	for _, p := range []string{"", ".", "/a", "../a", "a/", "a//b", "*.tmp", `a\b`} {
		_, err = VerifyBundle(nil, dir, keys, Ignore(p))
		fails(t, err, fmt.Sprintf("Ignore: path %q ", p))
	}
}

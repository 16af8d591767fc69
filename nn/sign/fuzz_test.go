package sign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
)

// typed fails the test unless err says why a signature is refused.
func typed(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*Error](err); !ok {
		t.Fatalf("error %v is not an *Error", err)
	}
}

// FuzzVerifyBundle checks that no signature file makes the verifier panic, and that
// none is accepted whose payload is not the one that was signed.
func FuzzVerifyBundle(f *testing.F) {
	dir := model(f, map[string]string{"model": "weights", "a/b": "x"})
	key := newKey(f, elliptic.P256())
	text, err := SignBundle(dir, key)
	must(f, err)
	valid, err := parseBundle(text)
	must(f, err)
	f.Add(text)
	for _, c := range bundles {
		f.Add([]byte(strings.Replace(validBundle, c.old, c.new, 1)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := VerifyBundle(text, dir, []*ecdsa.PublicKey{&key.PublicKey})
		if err != nil {
			typed(t, err)
			return
		}
		holds(t, m, map[string]string{"model": "weights", "a/b": "x"})
		if b, err := parseBundle(text); err != nil || b.payload != valid.payload {
			t.Fatalf("another payload is accepted: %v", err)
		}
	})
}

// FuzzStatement signs any statement, and checks that nothing of it makes the verifier
// panic or leave the directory.
func FuzzStatement(f *testing.F) {
	dir := model(f, map[string]string{"a": "weights"})
	key := newKey(f, elliptic.P256())
	bundle, err := SignBundle(dir, key)
	must(f, err)
	b, err := parseBundle(bundle)
	must(f, err)
	f.Add(b.payload)
	for _, c := range statements {
		f.Add(strings.Replace(validStatement, c.old, c.new, 1))
	}
	f.Fuzz(func(t *testing.T, payload string) {
		if payload == "" {
			return
		}
		text, err := encodeBundle([]byte(payload), key)
		must(t, err)
		m, err := VerifyBundle(text, dir, []*ecdsa.PublicKey{&key.PublicKey})
		if err != nil {
			typed(t, err)
			return
		}
		holds(t, m, map[string]string{"a": "weights"})
		s, err := parseStatement(payload)
		must(t, err)
		again, err := s.encode()
		must(t, err)
		if _, err := parseStatement(string(again)); err != nil {
			t.Fatalf("written again it is refused: %v", err)
		}
	})
}

// FuzzName checks that a name that is taken stays below the directory and means the
// same everywhere, and that the name of a shard is cut where it was put together.
func FuzzName(f *testing.F) {
	for _, name := range []string{"a", "a/b", "../a", "a:0:4", ".", "", "a\\b", "a\x00", "ü", "a\xff", "...", "a/.."} {
		f.Add(name, int64(0), int64(4))
	}
	f.Fuzz(func(t *testing.T, name string, start, end int64) {
		if badName(name) == "" {
			if !fs.ValidPath(name) || path.Clean(name) != name || strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\\x00\n") {
				t.Fatalf("name %q is taken", name)
			}
		}
		got, s, e, err := cutRange(fmt.Sprintf("%s:%d:%d", name, start, end))
		if valid := 0 <= start && start < end; valid != (err == nil) {
			t.Fatalf("%q:%d:%d: %v", name, start, end, err)
		} else if valid && (got != name || s != start || e != end) {
			t.Fatalf("%q:%d:%d is cut into %q, %d, %d", name, start, end, got, s, e)
		}
	})
}

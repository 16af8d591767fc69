package sign

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "sign testdata/model again, with new keys")

// Signatures of the first version must verify in every later one. There is one for
// each curve, by keys whose private half nobody has any more; keys.pem has the public
// ones.
func TestGolden(t *testing.T) {
	dir := filepath.Join("testdata", "model")
	if *update {
		var pem []byte
		for _, curve := range curves {
			key := newKey(t, curve)
			text, err := SignBundle(dir, key)
			must(t, err)
			put(t, "testdata", curve.Params().Name+".sig", string(text))
			public, err := MarshalPublicKey(&key.PublicKey)
			must(t, err)
			pem = append(pem, public...)
		}
		put(t, "testdata", "keys.pem", string(pem))
	}
	keys := publicKeys(t, filepath.Join("testdata", "keys.pem"))
	for i, curve := range curves {
		text, err := os.ReadFile(filepath.Join("testdata", curve.Params().Name+".sig"))
		must(t, err)
		m, err := VerifyBundle(text, dir, keys)
		must(t, err)
		holds(t, m, map[string]string{"weights.bin": "\x00\x01\x02\x03", "text/labels.txt": "cat dog"})
		if !m.Key().Equal(keys[i]) {
			t.Errorf("%s: signed by another key", curve.Params().Name)
		}
		if _, err := VerifyBundle(text, dir, keys[:i]); i > 0 && !errors.Is(err, ErrUnknownKey) {
			t.Errorf("%s: without its key: %v", curve.Params().Name, err)
		}
	}
}

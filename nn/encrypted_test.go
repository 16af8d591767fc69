package nn_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// A model file is encrypted for those who have a key, by age (filippo.io/age), and
// decrypted in memory. Parse comes after all of it was read, since it is the end that
// shows whether anything is missing.
func ExampleParse_encrypted() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	net, err := nn.Init(1, nn.NewLinear(4, 2))
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(dir, "model.safetensors")
	if err := nn.Save(path, net, nn.Info{Input: tensor.Shape{4}}); err != nil {
		log.Fatal(err)
	}
	plain, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer // what is kept
	w, err := age.Encrypt(&file, key.Recipient())
	if err != nil {
		log.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}

	r, err := age.Decrypt(&file, key)
	if err != nil {
		log.Fatal(err)
	}
	plain, err = io.ReadAll(r)
	if err != nil {
		log.Fatal(err)
	}
	_, info, err := nn.Parse(plain)
	fmt.Println(info.Input, info.Output, err)
	// Output:
	// [4] [2] <nil>
}

// encrypt returns a model file and the same encrypted for a key.
func encrypt(t *testing.T, key *age.X25519Identity) (plain, cipher []byte) {
	t.Helper()
	net, err := nn.Init(1, nn.NewLinear(200, 300)) // of several chunks of age
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m")
	if err := nn.Save(path, net, nn.Info{Input: tensor.Shape{200}}); err != nil {
		t.Fatal(err)
	}
	if plain, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, key.Recipient())
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return plain, file.Bytes()
}

func ageKey(t *testing.T) *age.X25519Identity {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// decrypt reads a model as the Example does.
func decrypt(cipher []byte, key age.Identity) (nn.Module, error) {
	r, err := age.Decrypt(bytes.NewReader(cipher), key)
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	net, _, err := nn.Parse(plain)
	return net, err
}

// TestEncrypted tests that an encrypted model which is changed, cut off at any
// chunk, or for somebody else is not loaded.
func TestEncrypted(t *testing.T) {
	key := ageKey(t)
	_, cipher := encrypt(t, key)
	if _, err := decrypt(cipher, key); err != nil {
		t.Fatal(err)
	}
	if _, err := decrypt(cipher, ageKey(t)); err == nil {
		t.Error("another key decrypts it")
	}
	for n := 0; n < len(cipher); n += 4099 {
		if _, err := decrypt(cipher[:n], key); err == nil {
			t.Errorf("cut off at byte %d it loads", n)
		}
	}
	if _, err := decrypt(cipher[:len(cipher)-1], key); err == nil {
		t.Error("without its last byte it loads")
	}
	for n := 0; n < len(cipher); n += 4099 {
		changed := bytes.Clone(cipher)
		changed[n] ^= 1
		if _, err := decrypt(changed, key); err == nil {
			t.Errorf("changed at byte %d it loads", n)
		}
	}
}

// TestEncryptedOutside tests that the program age decrypts what Go encrypted, and
// the other way round.
func TestEncryptedOutside(t *testing.T) {
	program, err := exec.LookPath("age")
	if err != nil {
		t.Skip("the program age is not here:", err)
	}
	key := ageKey(t)
	plain, cipher := encrypt(t, key)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, b := range map[string][]byte{"key": []byte(key.String() + "\n"), "cipher": cipher, "plain": plain} {
		if err := os.WriteFile(in(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(program, "-d", "-i", in("key"), in("cipher")).Output()
	if err != nil || !bytes.Equal(out, plain) {
		t.Errorf("age decrypts %d bytes, %v, want the %d of the file", len(out), err, len(plain))
	}
	if text, err := exec.Command(program, "-r", key.Recipient().String(), "-o", in("theirs"), in("plain")).CombinedOutput(); err != nil {
		t.Fatal(err, strings.TrimSpace(string(text)))
	}
	theirs, err := os.ReadFile(in("theirs"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decrypt(theirs, key); err != nil {
		t.Error(err)
	}
}

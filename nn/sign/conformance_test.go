package sign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// verdicts counts how many cases of others end as they should.
type verdicts struct{ right, all int }

// run runs a case; what f returns is whether the model was accepted, and why not.
func (v *verdicts) run(t *testing.T, name string, accept bool, f func(t *testing.T) error) {
	v.all++
	t.Run(name, func(t *testing.T) {
		err := f(t)
		if accept != (err == nil) {
			t.Errorf("accepted: %v, want %v; %v", err == nil, accept, err)
		}
		if !t.Failed() {
			v.right++
		}
	})
}

// fixtures returns the folder of the conformance suite, the vectors of the
// specification and others, which are not a part of the repository.
func fixtures(t *testing.T) string {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED, the folder with the fixtures, is not set")
	}
	return filepath.Join(shared, "fixtures", "model-signing")
}

// copied copies a model, which cases change. A missing one is the empty one.
func copied(t *testing.T, from string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), filepath.Base(from))
	info, err := os.Stat(from)
	switch {
	case errors.Is(err, os.ErrNotExist):
		must(t, os.Mkdir(dir, 0o755))
	case err == nil && info.IsDir():
		must(t, os.CopyFS(dir, os.DirFS(from)))
	default:
		data, err := os.ReadFile(from)
		must(t, err)
		must(t, os.WriteFile(dir, data, 0o644))
	}
	return dir
}

// conformanceCase is the config.json of a case.
type conformanceCase struct {
	Method     string
	Model      string
	RelativeTo string `json:"model_relative_to"`
	Expect     string
	Signed     []string `json:"expected_signed_files"`
	Inside     bool     `json:"sig_inside_model"`
	Changes    struct {
		Tamper, Inject, Symlinks map[string]string
		Delete                   []string
	} `json:"model_modifications"`
	Verify struct {
		PublicKey string   `json:"public_key"`
		CertChain []string `json:"cert_chain"`
		Ignore    []string `json:"ignore_paths"`
		Unsigned  bool     `json:"ignore_unsigned_files"`
	}
}

// load returns the case in a folder and a copy of its model, changed.
func load(t *testing.T, root, dir string) (c conformanceCase, model string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	must(t, err)
	must(t, json.Unmarshal(text, &c))
	if c.RelativeTo == "test_dir" {
		root = dir
	}
	model = copied(t, filepath.Join(root, filepath.FromSlash(c.Model)))
	for name, content := range c.Changes.Tamper {
		put(t, model, name, content)
	}
	for name, content := range c.Changes.Inject {
		put(t, model, name, content)
	}
	for _, name := range c.Changes.Delete {
		must(t, os.Remove(filepath.Join(model, name)))
	}
	for name, target := range c.Changes.Symlinks {
		link(t, target, filepath.Join(model, name))
	}
	return c, model
}

func (c *conformanceCase) options() []Option {
	opts := []Option{Ignore(c.Verify.Ignore...)}
	if c.Verify.Unsigned {
		opts = append(opts, IgnoreUnsigned())
	}
	return opts
}

func (c *conformanceCase) checkSigned(t *testing.T, m *Model) {
	t.Helper()
	if len(c.Signed) == 0 || slices.Equal(c.Signed, []string{"."}) { // "." is now called by its name
		return
	}
	if got := m.Files(); !slices.Equal(got, c.Signed) {
		t.Errorf("signed are %q, want %q", got, c.Signed)
	}
}

// checkBundle verifies the bundle of a case by the method "key". Where a bundle of
// that method is to be checked as one with a certificate, the authority's
// certificate is all there is to trust, and it has no key of ours.
func checkBundle(t *testing.T, root, dir string) error {
	c, model := load(t, root, dir)
	bundle, err := os.ReadFile(filepath.Join(dir, "bundle.sig"))
	must(t, err)
	keyFile := filepath.Join(root, filepath.FromSlash(c.Verify.PublicKey))
	if c.Verify.PublicKey == "" || !exists(keyFile) {
		keyFile = filepath.Join(root, "keys", "certificate", "signing-key-pub.pem")
	}
	if c.Method == "certificate" && c.Expect == "fail" {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(c.Verify.CertChain[0])))
		must(t, err)
		keys, err := ParsePublicKeys(text)
		if err == nil {
			_, err = VerifyBundle(bundle, model, keys, c.options()...)
		}
		return err
	}
	m, err := VerifyBundle(bundle, model, publicKeys(t, keyFile), c.options()...)
	if err == nil {
		c.checkSigned(t, m)
	}
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// roundTrip signs the model of a case and verifies it.
func roundTrip(t *testing.T, root, dir string) error {
	c, model := load(t, root, dir)
	curve := elliptic.P384()
	switch filepath.Base(dir) {
	case "key-simple":
		curve = elliptic.P256()
	case "key-p521":
		curve = elliptic.P521()
	}
	key := newKey(t, curve)
	var opts []Option
	if c.Inside {
		opts = append(opts, Ignore("bundle.sig"))
	}
	opts = append(opts, Ignore(c.Verify.Ignore...))
	bundle, err := SignBundle(model, key, opts...)
	if err != nil {
		return err
	}
	if c.Inside {
		put(t, model, "bundle.sig", string(bundle))
	}
	if c.Verify.Unsigned {
		put(t, model, "added.bin", "added after signing")
	}
	m, err := VerifyBundle(bundle, model, []*ecdsa.PublicKey{&key.PublicKey}, c.options()...)
	if err != nil {
		return err
	}
	c.checkSigned(t, m)
	if strings.Contains(dir, "deterministic") {
		again, err := SignBundle(model, key, opts...)
		must(t, err)
		if a, b := payloadOf(t, bundle), payloadOf(t, again); a != b {
			t.Errorf("signed twice: %s and %s", a, b)
		}
	}
	return nil
}

func payloadOf(t *testing.T, bundle []byte) string {
	t.Helper()
	b, err := parseBundle(bundle)
	must(t, err)
	return b.payload
}

// TestConformance runs the conformance suite of OpenSSF Model Signing, the vectors of
// its specification, and bundles that are odd but validly signed.
func TestConformance(t *testing.T) {
	dir := fixtures(t)
	v := new(verdicts)
	t.Run("suite", func(t *testing.T) { suite(t, v, filepath.Join(dir, "conformance")) })
	t.Run("vectors", func(t *testing.T) { vectors(t, v, dir) })
	t.Run("made-here", func(t *testing.T) { odd(t, v, dir) })
	t.Run("payloads", func(t *testing.T) { payloads(t, v, filepath.Join(dir, "payload-goldens")) })
	t.Logf("%d of %d verdicts", v.right, v.all)
}

func suite(t *testing.T, v *verdicts, root string) {
	cases, err := filepath.Glob(filepath.Join(root, "cases", "*", "*"))
	must(t, err)
	for _, dir := range cases {
		kind := filepath.Base(filepath.Dir(dir))
		accept := kind != "negative" && kind != "other-method"
		name := kind + "/" + filepath.Base(dir)
		if kind == "roundtrip" {
			accept = !strings.HasSuffix(dir, "-rejected") && !strings.HasSuffix(dir, "-symlink-cycle")
			v.run(t, name, accept, func(t *testing.T) error { return roundTrip(t, root, dir) })
			continue
		}
		v.run(t, name, accept, func(t *testing.T) error {
			err := checkBundle(t, root, dir)
			if kind == "other-method" && (!errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), `method is "certificate"`)) {
				t.Errorf("error %v does not name the method", err)
			}
			return err
		})
	}
	if len(cases) < 39 {
		t.Errorf("%d cases, want 39 at least", len(cases))
	}
}

// vectors are bundles of the specification, with a model that only one verifies.
func vectors(t *testing.T, v *verdicts, dir string) {
	paths, err := filepath.Glob(filepath.Join(dir, "spec", "test-vectors", "v1.0", "*", "*.json"))
	must(t, err)
	keys := publicKeys(t, filepath.Join(dir, "conformance", "keys", "certificate", "signing-key-pub.pem"))
	for _, path := range paths {
		bundle, err := os.ReadFile(path)
		must(t, err)
		name := filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
		v.run(t, name, name == "valid/key.bundle.json", func(t *testing.T) error {
			_, err := VerifyBundle(bundle, copied(t, filepath.Join(dir, "conformance", "models", "simple")), keys)
			if strings.HasPrefix(name, "valid/") && err != nil && !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("error %v, want one that says that the method is not supported", err)
			}
			return err
		})
	}
}

// odd are the cases of made-here, with an index of verdicts.
func odd(t *testing.T, v *verdicts, dir string) {
	index, err := os.ReadFile(filepath.Join(dir, "made-here", "index.tsv"))
	must(t, err)
	for _, line := range strings.Split(strings.TrimSpace(string(index)), "\n")[1:] {
		f := strings.Split(line, "\t")
		name, modelName, keyName, accept := f[0], f[1], f[2], f[3] == "pass"
		bundle, err := os.ReadFile(filepath.Join(dir, "made-here", name, "bundle.sig"))
		must(t, err)
		v.run(t, name, accept && name != "p256-blake2b", func(t *testing.T) error {
			keys := publicKeys(t, filepath.Join(dir, "conformance", "keys", keyName, "signing-key-pub.pem"))
			model := copied(t, filepath.Join(dir, "conformance", "models", modelName))
			_, err := VerifyBundle(bundle, model, keys)
			_, lenient := VerifyBundle(bundle, model, keys, IgnoreUnsigned())
			if want := accept && name != "p256-blake2b" || name == "signed-unlisted-file"; want != (lenient == nil) {
				t.Errorf("IgnoreUnsigned: %v, want success: %v", lenient, want)
			}
			if name == "p256-blake2b" && !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("error %v, want one that says that the hash is not supported", err)
			}
			return err
		})
	}
}

// payloads are the statements of the reference implementation about models. They
// differ from ours in what the specification says differently: links are allowed,
// nothing is ignored, and shards have an algorithm and an order of their own.
func payloads(t *testing.T, v *verdicts, root string) {
	models := map[string]string{
		"empty_model_file": "empty_file_model", "sample_model_file": "file_model", "sample_model_folder": "sample_model",
		"empty_model_folder": "empty_folder_model", "symlink_model_folder": "symlink_model",
	}
	paths, err := filepath.Glob(filepath.Join(root, "expected", "*"))
	must(t, err)
	for _, path := range paths {
		name := filepath.Base(path)
		base, opts := name, []Option(nil)
		if b, ok := strings.CutSuffix(name, "_small_shards"); ok {
			base, opts = b, []Option{Shards(8)}
		} else if b, ok := strings.CutSuffix(name, "_shard"); ok {
			base, opts = b, []Option{Shards(1_000_000_000)}
		}
		golden, err := os.ReadFile(path)
		must(t, err)
		// Statements without files are invalid, and links are refused: there only the
		// statement of the reference is read.
		empty := base == "empty_model_folder" || base == "empty_model_file" && opts != nil
		v.run(t, name, !empty, func(t *testing.T) error {
			want, parseErr := parseStatement(string(golden))
			if base == "symlink_model_folder" {
				return parseErr
			}
			dir := copied(t, filepath.Join(root, "models", models[base]))
			bundle, err := SignBundle(dir, newKey(t, elliptic.P256()), opts...)
			if err != nil || parseErr != nil {
				if (err == nil) != (parseErr == nil) {
					t.Errorf("SignBundle: %v, parseStatement: %v", err, parseErr)
				}
				return err
			}
			got, err := parseStatement(payloadOf(t, bundle))
			must(t, err)
			sameStatement(t, got, want, dir)
			return nil
		})
	}
}

// sameStatement compares our statement with one of the reference.
func sameStatement(t *testing.T, got, want *statement, dir string) {
	t.Helper()
	if got.name != want.name || got.shard != want.shard {
		t.Errorf("name %q, shards of %d; want %q, %d", got.name, got.shard, want.name, want.shard)
	}
	if want.shard != 8 && got.root != want.root { // short shards are in another order
		t.Errorf("root digest %s, want %s", got.root, want.root)
	}
	single := ""
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		single = filepath.Base(dir)
	}
	g, err := got.pieces(single)
	must(t, err)
	w, err := want.pieces(single)
	must(t, err)
	if !reflect.DeepEqual(g, w) {
		t.Errorf("manifest\n%v, want\n%v", g, w)
	}
}

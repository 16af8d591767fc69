package serve_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn/drift"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/sign"
	"github.com/gannet-ml/gannet/tensor"
)

// TestSigners tests that only what a trusted key has signed is read.
func TestSigners(t *testing.T) {
	key := func() *ecdsa.PrivateKey {
		k, err := sign.GenerateKey(elliptic.P256())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	ours, old, stranger := key(), key(), key()
	for name, c := range map[string]struct {
		by     *ecdsa.PrivateKey
		spoil  func(dir string)
		reason string // "" if it is accepted
	}{
		"signed":            {by: ours},
		"signed by another": {by: old}, // keys are replaced one by one
		"not signed":        {reason: "not signed"},
		"by a stranger":     {by: stranger, reason: "key"},
		"changed":           {ours, func(dir string) { put(t, dir, "model.safetensors", file(t, 4, 3)) }, "model.safetensors"},
		"one file more":     {ours, func(dir string) { put(t, dir, "drift.json", []byte("{}")) }, "drift.json"},
		"one file less":     {ours, func(dir string) { os.Remove(filepath.Join(dir, "notes.txt")) }, "notes.txt"},
		"not even parsed":   {by: nil, spoil: func(dir string) { put(t, dir, "model.safetensors", []byte("garbage")) }, reason: "not signed"},
		"broken signature":  {ours, func(dir string) { put(t, dir, "model.sig", []byte("{}")) }, "signature file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			good := filepath.Join(dir, "m", "1")
			put(t, good, "model.safetensors", file(t, 2, 3))
			if err := sign.Sign(good, ours); err != nil {
				t.Fatal(err)
			}
			s := watched(t, dir, serve.Repository{Signers: []*ecdsa.PublicKey{&ours.PublicKey, &old.PublicKey}})
			says(t, s, "1", 2)

			next := filepath.Join(dir, "new")
			put(t, next, "model.safetensors", file(t, 3, 3))
			put(t, next, "notes.txt", []byte("trained on a Tuesday"))
			if c.by != nil {
				if err := sign.Sign(next, c.by); err != nil {
					t.Fatal(err)
				}
			}
			if c.spoil != nil {
				c.spoil(next)
			}
			if err := os.Rename(next, filepath.Join(dir, "m", "2")); err != nil {
				t.Fatal(err)
			}
			if c.reason == "" {
				until(t, s, "m 1 READY; m 2 READY")
				says(t, s, "2", 3)
				return
			}
			until(t, s, "m 1 READY; m 2 UNAVAILABLE: "+c.reason)
			says(t, s, "1", 2)
		})
	}
}

// TestDrift tests that the reference sample beside a model is compared with what the
// model is asked.
func TestDrift(t *testing.T) {
	dir := t.TempDir()
	x := tensor.Normal(1, 0, 1, 400, 3)
	y := tensor.MulScalar(x, 2)
	ref, err := drift.NewReference(x, y, drift.Numbers)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	if err := ref.Save(filepath.Join(dir, "m", "1", "drift.json")); err != nil {
		t.Fatal(err)
	}
	s := watched(t, dir, serve.Repository{})
	verdict := func() string {
		t.Helper()
		w := ask(s.Admin(), "GET", "/v2/models/m/drift", "")
		var r struct{ Verdict string }
		if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != 200 {
			t.Fatalf("status %d: %s: %v", w.Code, w.Body, err)
		}
		return r.Verdict
	}
	if v := verdict(); v != string(drift.Unknown) {
		t.Errorf("without samples: %s", v)
	}
	send := func(seed uint64, mean float32) {
		x := tensor.Normal(seed, mean, 1, 300, 3)
		for i := 0; i < 300; i += 10 {
			if _, err := s.Infer(t.Context(), "m", "", request(x.Slice(0, i, i+10).Clone().Data()...)); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(2, 0)
	if v := verdict(); v != string(drift.OK) {
		t.Errorf("the same distribution: %s", v)
	}
	send(3, 3)
	if v := verdict(); v != string(drift.Alarm) {
		t.Errorf("another distribution: %s", v)
	}
	if m := ask(s.Admin(), "GET", "/metrics", "").Body.String(); !strings.Contains(m, `gannet_drift{feature="`) {
		t.Error("metrics have no drift")
	}
	if w := ask(server(t, serve.Options{}).Admin(), "GET", "/v2/models/double/drift", ""); w.Code != 404 {
		t.Errorf("a model without a monitor: status %d", w.Code)
	}

	put(t, dir, "m/2/model.safetensors", file(t, 2, 3))
	put(t, dir, "m/2/drift.json", []byte("{"))
	until(t, s, "m 1 READY; m 2 UNAVAILABLE: drift")
	other, err := drift.NewReference(tensor.Normal(1, 0, 1, 200, 5), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Save(filepath.Join(dir, "m", "2", "drift.json")); err != nil {
		t.Fatal(err)
	}
	until(t, s, "m 1 READY; m 2 UNAVAILABLE: drift")
}

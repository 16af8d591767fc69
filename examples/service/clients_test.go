package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn/serve"
)

// A file of keys that is replaced holds without a restart; one that cannot be read
// leaves the keys as they are.
func TestFollowKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	first, old := serve.NewKey("first")
	second, secret := serve.NewKey("second")
	write(first.String())
	keys, err := readKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &service{config: &config{keys: path}, server: serve.New(serve.Options{Keys: keys})}
	defer s.server.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go s.followKeys(ctx, time.Millisecond)
	allowed := func(secret string) bool {
		c := &serve.Call{Header: http.Header{"Authorization": {"Bearer " + secret}}}
		return s.server.Call(ctx, c, func(context.Context) error { return nil }) == nil
	}

	write("not a key")
	time.Sleep(20 * time.Millisecond)
	if !allowed(old) || allowed(secret) {
		t.Error("a broken file changed the keys")
	}
	write(second.String())
	for end := time.Now().Add(10 * time.Second); !allowed(secret); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the new key does not hold")
		}
	}
	if allowed(old) {
		t.Error("the old key still holds")
	}
}

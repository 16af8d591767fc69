package rpc

import (
	"bytes"
	"compress/gzip"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/gannet-ml/gannet/nn/serve"
)

// heldBack is a compressed message that comes when it may.
type heldBack struct {
	io.Reader
	begun *atomic.Int64
	may   <-chan bool
	once  bool
}

func (h *heldBack) Read(p []byte) (int, error) {
	if !h.once {
		h.once = true
		h.begun.Add(1)
		<-h.may
	}
	return h.Reader.Read(p)
}

// Of small messages that become large, no more are decompressed at a time than the
// memory is for, and each to one byte beyond the largest message, which gRPC refuses.
func TestGunzip(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(make([]byte, 1<<20))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		memory int64
		most   int64
	}{{3500, 3}, {1000, 1}, {10, 1}, {1 << 30, 16}} {
		synctest.Test(t, func(t *testing.T) {
			g := newGunzip(&serve.Options{MaxBody: 1000, MaxMemory: c.memory})
			const all = 20
			var begun atomic.Int64
			may, done := make(chan bool), make(chan int, all)
			for range all {
				go func() {
					message, err := g.Do(&heldBack{Reader: bytes.NewReader(b.Bytes()), begun: &begun, may: may})
					if err != nil {
						t.Error(err)
					}
					done <- len(message)
				}()
			}
			for ended := range int64(all) {
				synctest.Wait()
				if n, want := begun.Load(), min(ended+c.most, all); n != want {
					t.Errorf("memory %d: after %d messages %d have begun, want %d", c.memory, ended, n, want)
				}
				may <- true
				if n := <-done; n != 1001 {
					t.Errorf("%d bytes, want 1001", n)
				}
			}
		})
	}
}

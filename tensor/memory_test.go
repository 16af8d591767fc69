package tensor_test

import (
	"runtime"
	"testing"
	"unsafe"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/tensor"
)

func TestFreeMemory(t *testing.T) {
	b := mem.Get(1 << 16)
	at := uintptr(unsafe.Pointer(&b[0]))
	mem.Put(b)
	tensor.FreeMemory()
	if c := mem.Get(1 << 16); uintptr(unsafe.Pointer(&c[0])) == at {
		t.Error("a buffer survived FreeMemory")
	}
	runtime.KeepAlive(b) // else its place might be given out anew
}

package safetensors

import (
	"os"
	"unsafe"

	"github.com/gannet-ml/gannet/tensor"
)

// View returns a tensor that lies in the file itself, which [Map] or [Parse] has in
// memory, without copying it. It is for tensors of type F32 at an address that is a
// multiple of 4, as in all files that [Write] or the Rust library writes, on machines
// whose byte order is that of the file, as nearly all have. Anything else is an
// error; [File.ReadTensor] reads it.
//
// The tensor must not be written to: that of a mapped file is read-only memory, and
// the system would end the program. It is valid until Close, after which using it
// ends the program likewise.
func (f *File) View(name string) (*tensor.Tensor, error) {
	t, err := f.view(name)
	if err != nil {
		return nil, withPath(err, f.path)
	}
	return t, nil
}

func (f *File) view(name string) (*tensor.Tensor, error) {
	info, err := f.find(name)
	if err != nil {
		return nil, err
	}
	m, ok := f.r.(*memory)
	if !ok {
		return nil, badTensor(name, "the file is not in memory; use Map, or ReadTensor in place of View")
	}
	if info.DType != F32 {
		return nil, badTensor(name, "a view of %s is not possible, only of F32; use ReadTensor", info.DType)
	}
	m.mu.RLock() // Close waits
	defer m.mu.RUnlock()
	if m.data == nil {
		e := badTensor(name, "the file is closed")
		e.Err = os.ErrClosed
		return nil, e
	}
	values, reason := asFloats(m.data[f.start+info.Begin : f.start+info.End])
	if reason != "" {
		return nil, badTensor(name, "a view is not possible: %s; use ReadTensor", reason)
	}
	if i, err := f.checkFinite(values); err != nil {
		return nil, badTensor(name, "element %d: %v", i, err)
	}
	return tensor.New(values, info.Shape...), nil
}

// asFloats returns the numbers of type F32 that bytes are, in the same memory, or why
// that cannot be.
func asFloats(b []byte) (values []float32, reason string) {
	const size = unsafe.Sizeof(float32(0))
	one := uint16(1)
	switch {
	case *(*byte)(unsafe.Pointer(&one)) != 1:
		return nil, "the bytes of this machine have another order"
	case len(b) == 0:
		return []float32{}, ""
	case uintptr(unsafe.Pointer(&b[0]))%size != 0:
		return nil, "its address is no multiple of 4"
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), len(b)/int(size)), ""
}

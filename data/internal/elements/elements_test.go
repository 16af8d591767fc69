package elements

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gannet-ml/gannet/tensor"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		t    Type
		b    string // big-endian
		want string
	}{
		{Bool, "\x00\x01", "[false  true]"},
		{Uint8, "\x00\xff", "[  0 255]"},
		{Int8, "\x7f\x80", "[ 127 -128]"},
		{Int16, "\x01\x02\xff\xfe", "[258  -2]"},
		{Uint16, "\x01\x02\xff\xfe", "[  258 65534]"},
		{Int32, "\x00\x01\x00\x02\xff\xff\xff\xfe", "[65538    -2]"},
		{Uint32, "\x00\x01\x00\x02\x7f\xff\xff\xfe", "[     65538 2147483646]"},
		{Int64, "\x00\x00\x00\x00\x00\x01\x00\x02\xff\xff\xff\xff\xff\xff\xff\xfe", "[65538    -2]"},
		{Uint64, "\x00\x00\x00\x00\x00\x01\x00\x02\x00\x00\x00\x00\x7f\xff\xff\xfe", "[     65538 2147483646]"},
		{Float16, "\x3c\x00\xc0\x80", "[ 1.   -2.25]"},
		{Float32, "\x3f\x80\x00\x00\xc0\x10\x00\x00", "[ 1.   -2.25]"},
		{Float64, "\x3f\xf0\x00\x00\x00\x00\x00\x00\xc0\x02\x00\x00\x00\x00\x00\x00", "[ 1.   -2.25]"},
	} {
		if len(c.b) != 2*c.t.Size() {
			t.Fatalf("type %d has %d bytes", c.t, c.t.Size())
		}
		little := []byte(c.b)
		for i := range 2 {
			slices.Reverse(little[i*c.t.Size() : (i+1)*c.t.Size()])
		}
		for order, b := range map[binary.ByteOrder][]byte{binary.BigEndian: []byte(c.b), binary.LittleEndian: little} {
			a, at, err := Read(iotest.OneByteReader(bytes.NewReader(b)), c.t, order, tensor.Shape{2}, 0)
			if err != nil || at != 0 || !strings.HasSuffix(a.String(), c.want) {
				t.Errorf("type %d, %v: %v, %d, %v, want %s", c.t, order, a, at, err, c.want)
			}
		}
	}
}

// Arrays of several chunks, with an end in the middle of one.
func TestReadLong(t *testing.T) {
	want := make([]int, 3*chunk/2-7)
	b := make([]byte, 0, 2*len(want))
	for i := range want {
		want[i] = i % 30011
		b = binary.LittleEndian.AppendUint16(b, uint16(want[i]))
	}
	for _, have := range []int64{0, 10, int64(len(b)), math.MaxInt64} {
		r := bytes.NewReader(append(b, "rest"...))
		a, _, err := Read(r, Int16, binary.LittleEndian, tensor.Shape{len(want)}, have)
		if err != nil || !slices.Equal(a.(*tensor.Ints).Data(), want) {
			t.Errorf("have %d: other numbers, %v", have, err)
		}
		if r.Len() != 4 {
			t.Errorf("have %d: %d bytes are left, want 4", have, r.Len())
		}
	}
	for _, n := range []int{0, 1, 2*chunk + 1, len(b) - 1} {
		_, at, err := Read(bytes.NewReader(b[:n]), Int16, binary.LittleEndian, tensor.Shape{len(want)}, 0)
		if err != io.ErrUnexpectedEOF || at != int64(n) {
			t.Errorf("%d bytes: error %v at %d, want %v at %d", n, err, at, io.ErrUnexpectedEOF, n)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for _, c := range []struct {
		t    Type
		b    string
		at   int64
		want string
	}{
		{Bool, "\x01\x02", 1, "byte 2 is no boolean"},
		{Uint64, "\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00", 8, "9223372036854775808 does not fit an int"},
	} {
		_, at, err := Read(strings.NewReader(c.b), c.t, binary.BigEndian, tensor.Shape{2}, 0)
		if err == nil || !strings.Contains(err.Error(), c.want) || at != c.at {
			t.Errorf("error %v at %d, want %q at %d", err, at, c.want, c.at)
		}
	}
	_, at, err := Read(strings.NewReader("\x00\x00\x00\x00\xff\xff\xff\xff"), Uint32, binary.BigEndian, tensor.Shape{2}, 0)
	if small := strconv.IntSize == 32; small != (err != nil) || small && at != 4 {
		t.Errorf("4294967295 in an int of %d bits: error %v at %d", strconv.IntSize, err, at)
	}
}

func TestBytes(t *testing.T) {
	for _, c := range []struct {
		t     Type
		shape tensor.Shape
		want  int64
	}{{Uint8, tensor.Shape{}, 1}, {Float64, tensor.Shape{2, 3}, 48}, {Int16, tensor.Shape{0, math.MaxInt}, 0}} {
		if n, err := c.t.Bytes(c.shape); n != c.want || err != nil {
			t.Errorf("Bytes(%v) = %d, %v, want %d", c.shape, n, err, c.want)
		}
	}
	for _, shape := range []tensor.Shape{{-1}, {math.MaxInt, 2}, {1 << 15, 1 << 15, 1 << 15, 1 << 15, 2}} {
		if n, err := Float64.Bytes(shape); err == nil {
			t.Errorf("Bytes(%v) = %d, want an error", shape, n)
		}
	}
}

// A shape that promises much costs only what comes.
func TestReadMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := Read(strings.NewReader("few"), Int8, binary.BigEndian, tensor.Shape{1 << 30}, 0)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; err != io.ErrUnexpectedEOF || got > 16*chunk {
		t.Errorf("%d bytes allocated for 3, %v", got, err)
	}
}

func ExampleRead() {
	r := strings.NewReader("\x00\x01\x00\x02\x00\x03\x00\x04")
	a, _, err := Read(r, Int16, binary.BigEndian, tensor.Shape{2, 2}, 0)
	fmt.Println(a.(*tensor.Ints).Data(), err)
	// Output: [1 2 3 4] <nil>
}

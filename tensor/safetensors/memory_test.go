package safetensors

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// allocated returns the bytes that f allocates in all, freed ones included.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// numbered returns a header of n members that are made from their number.
func numbered(n int64, member func(i int64) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString([]string{"{", ","}[min(i, 1)])
		b.WriteString(member(i))
	}
	return b.String() + "}"
}

// The attack files: opening allocates no more than the package promises, even
// counting what is freed on the way.
func TestOpenAllocation(t *testing.T) {
	small := func(i, begin, end int64) string { // without fmt, a million are made
		return `"` + strconv.FormatInt(i, 16) + `":{"dtype":"U8","shape":[1],"data_offsets":[` +
			strconv.FormatInt(begin, 10) + "," + strconv.FormatInt(end, 10) + "]}"
	}
	million, thousand := int64(MaxTensors+10), int64(1000)
	if testing.Short() {
		million, thousand = 2000, 20
	}
	for _, c := range []struct {
		name string
		data []byte
		want string // of the error; empty if the file is good
	}{
		{"header of 100 MB in a file of 10 bytes", lengthOf(MaxHeader, "{}"), "of which the file holds 2"},
		{"header of 2^64-1 bytes", lengthOf(1<<64-1, "{}"), "at most"},
		{"terabytes in a small file", fileOf(object(one("a", "F32", "[1099511627776]", 0, 4<<40)), 0), "reach past the data"},
		{"too many tensors on one range", fileOf(numbered(million, func(i int64) string { return small(i, 0, 1) }), 1),
			map[bool]string{false: "more than 1048576 tensors", true: "overlap"}[testing.Short()]},
		{"100000 tensors of 160 kB on one range", fileOf(numbered(100*thousand, func(i int64) string {
			return one(fmt.Sprint(i), "U8", "[160000]", 0, 160_000)
		}), 160_000), "overlap"},
		{"100000 tensors of 160 kB one by one", fileOf(numbered(100*thousand, func(i int64) string {
			return one(fmt.Sprint(i), "U8", "[160000]", 160_000*i, 160_000*(i+1))
		}), 160_000), "reach past the data"},
		{"many tensors of one byte", fileOf(numbered(200*thousand, func(i int64) string { return small(i, i, i+1) }), int(200*thousand)), ""},
		{"many empty tensors of many axes", fileOf(numbered(50*thousand, func(i int64) string {
			return one(fmt.Sprintf("%x", i), "U8", "[0"+strings.Repeat(",0", MaxRank-1)+"]", 0, 0)
		}), 0), ""},
		{"many unknown fields", fileOf(numbered(50*thousand, func(i int64) string {
			entry := strings.TrimSuffix(one(fmt.Sprintf("%x", i), "U8", "[0]", 0, 0), "}")
			for k := range maxOthers {
				entry += fmt.Sprintf(`,"%x":0`, k)
			}
			return entry + "}"
		}), 0), ""},
		{"much metadata", fileOf(`{"__metadata__":`+numbered(MaxMetadata+1, func(i int64) string { return fmt.Sprintf(`"%x":""`, i) })+"}", 0), "more than 65536 entries"},
		{"names of escapes", fileOf(numbered(20*thousand, func(i int64) string {
			return one(strings.Repeat(`\u00e9`, 50)+fmt.Sprint(i), "U8", "[0]", 0, 0)
		}), 0), ""},
		{"long skipped strings", fileOf(numbered(20, func(i int64) string {
			return strings.TrimSuffix(one(fmt.Sprint(i), "U8", "[0]", 0, 0), "}") + `,"x":"` + strings.Repeat(`\u00e9`, 10_000) + `"}`
		}), 0), ""},
		{"data_offsets everywhere", fileOf(`{"__metadata__":{"a":"`+strings.Repeat("data_offsets", 100_000)+`"}}`, 0), ""},
	} {
		var err error
		got := allocated(func() { _, err = Parse(c.data) })
		header := 0
		if n := le.Uint64(c.data); n <= uint64(len(c.data)-8) {
			header = int(n)
		}
		limit := 8*header + 16<<20
		if header == 0 {
			limit = 64 << 10
		}
		if got > limit {
			t.Errorf("%s: %d bytes allocated, want %d at most", c.name, got, limit)
		}
		_, typed := errors.AsType[*FormatError](err)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (!typed || !says(err, c.want)):
			t.Errorf("%s: error %v, want a *FormatError with %q", c.name, err, c.want)
		}
		t.Logf("%-40s header %9d bytes, allocated %9d, %.1f per byte", c.name, header, got, float64(got)/float64(max(header, 1)))
	}
}

// Reading and writing need the result and one buffer, not a copy of the file.
func TestTransferAllocation(t *testing.T) {
	const n = 1 << 20
	x := tensor.Make[float32](1024, n/1024)
	var file bytes.Buffer
	file.Grow(4*n + 1000)
	for _, view := range []*tensor.Tensor{x, x.Transpose(0, 1)} {
		got := allocated(func() {
			if err := Encode(io.Discard, []Entry{{Name: "x", Value: view}}, nil); err != nil {
				t.Error(err)
			}
		})
		if limit := 100 << 10; got > limit {
			t.Errorf("Encode of %v allocates %d bytes, want %d at most", view.Strides(), got, limit)
		}
	}
	if err := Encode(&file, []Entry{{Name: "x", Value: x}}, nil); err != nil {
		t.Fatal(err)
	}
	f := parsed(t, file.Bytes())
	got := allocated(func() {
		if err := f.ReadInto(x, "x"); err != nil {
			t.Error(err)
		}
	})
	if limit := 100 << 10; got > limit {
		t.Errorf("ReadInto allocates %d bytes, want %d at most", got, limit)
	}
	got = allocated(func() {
		if _, err := f.Read("x"); err != nil {
			t.Error(err)
		}
	})
	if limit := 4*n + 100<<10; got > limit {
		t.Errorf("Read allocates %d bytes, want %d at most", got, limit)
	}
}

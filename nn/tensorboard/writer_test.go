package tensorboard_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/tensorboard"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"google.golang.org/protobuf/encoding/protowire"
)

// record is a decoded event.
type record struct {
	step    int
	version string
	tag     string
	number  float64
	value   map[protowire.Number][]byte // the other fields of Summary.Value
}

// fields decodes a message: the bytes of every field, as they stand for numbers.
func fields(t *testing.T, b []byte) map[protowire.Number][]byte {
	t.Helper()
	m := map[protowire.Number][]byte{}
	for len(b) > 0 {
		num, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		size := protowire.ConsumeFieldValue(num, kind, b[n:])
		if size < 0 {
			t.Fatal(protowire.ParseError(size))
		}
		v := b[n : n+size]
		if kind == protowire.BytesType {
			v, _ = protowire.ConsumeBytes(v)
		}
		m[num] = v
		b = b[n+size:]
	}
	return m
}

// read decodes a file and checks its checksums.
func read(t *testing.T, path string) []record {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	masked := func(b []byte) uint32 {
		c := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
		return (c>>15 | c<<17) + 0xa282ead8
	}
	var list []record
	for len(b) > 0 {
		n := binary.LittleEndian.Uint64(b)
		data := b[12 : 12+n]
		if binary.LittleEndian.Uint32(b[8:]) != masked(b[:8]) || binary.LittleEndian.Uint32(b[12+n:]) != masked(data) {
			t.Fatalf("record %d: wrong checksum", len(list))
		}
		b = b[16+n:]
		e := fields(t, data)
		step, _ := protowire.ConsumeVarint(e[2])
		r := record{step: int(step), version: string(e[3])}
		if math.Float64frombits(binary.LittleEndian.Uint64(e[1])) < 1e9 {
			t.Errorf("record %d: wall time is not that of today", len(list))
		}
		if s, ok := e[5]; ok {
			r.value = fields(t, fields(t, s)[1])
			r.tag = string(r.value[1])
			if v, ok := r.value[2]; ok {
				r.number = float64(math.Float32frombits(binary.LittleEndian.Uint32(v)))
			}
		}
		list = append(list, r)
	}
	return list
}

// TestWriter writes one event of each kind.
func TestWriter(t *testing.T) {
	w, err := tensorboard.Create(filepath.Join(t.TempDir(), "runs", "first"))
	if err != nil {
		t.Fatal(err)
	}
	m := image.NewGray(image.Rect(0, 0, 3, 2))
	for _, err := range []error{
		w.Scalar("loss", 7, 0.25), w.Scalar("nan", 1<<30, math.NaN()), w.Image("picture", 8, m),
		w.Histogram("weight", 9, []float32{1, 3, 2, -2, float32(math.Inf(1)), float32(math.NaN())}),
		w.Histogram("empty", 10, nil), w.Histogram("equal", 11, []float32{5, 5}), w.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(w.Name())
	if err != nil {
		t.Fatal(err)
	}
	// The start of every file that TensorFlow writes: the length 24, its checksum,
	// and the tag of the time.
	if got := hex.EncodeToString(b[:13]); got != "1800000000000000a37f4b2209" {
		t.Errorf("file begins with %s", got)
	}
	got := read(t, w.Name())
	if len(got) != 7 || got[0].version != "brain.Event:2" {
		t.Fatalf("%d records, the first of version %q", len(got), got[0].version)
	}
	if r := got[1]; r.tag != "loss" || r.step != 7 || r.number != 0.25 {
		t.Errorf("scalar is %+v", r)
	}
	if r := got[2]; r.step != 1<<30 || !math.IsNaN(r.number) {
		t.Errorf("scalar is %+v", r)
	}
	p := fields(t, got[3].value[4])
	if img, err := png.Decode(bytes.NewReader(p[4])); err != nil || img.Bounds() != m.Bounds() || p[1][0] != 2 || p[2][0] != 3 {
		t.Errorf("picture %v, %v; height %v, width %v", img, err, p[1], p[2])
	}
	checkHistogram(t, got[4], -2, 3, 4, 4, 18)
	checkHistogram(t, got[5], 0, 0, 0, 0, 0)
	checkHistogram(t, got[6], 5, 5, 2, 10, 50)
}

func checkHistogram(t *testing.T, r record, lo, hi, count, sum, squares float64) {
	t.Helper()
	h := fields(t, r.value[5])
	double := func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
	for i, want := range []float64{lo, hi, count, sum, squares} {
		if got := double(h[protowire.Number(i+1)]); got != want {
			t.Errorf("%s: field %d is %v, want %v", r.tag, i+1, got, want)
		}
	}
	limits, buckets := h[6], h[7]
	if len(limits) != len(buckets) || len(limits) == 0 {
		t.Fatalf("%s: %d limits and %d buckets", r.tag, len(limits)/8, len(buckets)/8)
	}
	total := 0.0
	for ; len(buckets) > 0; buckets = buckets[8:] {
		total += double(buckets)
	}
	if total != count {
		t.Errorf("%s: buckets hold %v values, want %v", r.tag, total, count)
	}
	if last := double(limits[len(limits)-8:]); last != hi {
		t.Errorf("%s: the last limit is %v, want %v", r.tag, last, hi)
	}
}

// counter is a metric that counts its updates.
type counter struct{ n float64 }

func (*counter) Name() string { return "batches" }
func (c *counter) Reset()     { c.n = 0 }
func (c *counter) Value() float64 {
	return c.n
}
func (c *counter) Update(*tensor.Tensor, tensor.Any) error {
	c.n++
	return nil
}

func TestLog(t *testing.T) {
	net, err := nn.Init(1, nn.NewLinear(3, 2))
	if err != nil {
		t.Fatal(err)
	}
	w, err := tensorboard.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	loader := data.NewLoader(data.Tensors(tensor.Uniform(1, 0, 1, 10, 3), tensor.Make[int](10)), data.BatchSize(4))
	tr := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.5)}
	h, err := tr.Fit(t.Context(), loader, nn.Epochs(2), nn.Validate(loader, &counter{}), w.Log(2))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range read(t, w.Name())[1:] {
		got = append(got, fmt.Sprintf("%d %s", r.step, r.tag))
		if r.tag == "train/learning_rate" && r.number != 0.5 {
			t.Errorf("learning rate is %v, want 0.5", r.number)
		}
		if r.tag == "train/loss" && r.step == 6 && math.Abs(r.number-h.Epochs[1].Loss) > 1e-6 {
			t.Errorf("loss is %v, want %v", r.number, h.Epochs[1].Loss)
		}
	}
	want := []string{
		"2 train/step_loss", "2 train/learning_rate", "3 train/loss", "3 validation/batches", "3 validation/loss",
		"4 train/step_loss", "4 train/learning_rate", "6 train/step_loss", "6 train/learning_rate",
		"6 train/loss", "6 validation/batches", "6 validation/loss",
	}
	if !slices.Equal(got, want) {
		t.Errorf("events are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tensorboard.Create(file); err == nil || !strings.HasPrefix(err.Error(), "tensorboard: ") {
		t.Errorf("Create where a file is: %v, want an error", err)
	}
	w, err := tensorboard.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Scalar("x", 1, 1), w.Flush()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("writing to a closed file: %v, want fs.ErrClosed", err)
	}
	if err := w.Scalar("x", 2, 1); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("and again: %v, want the same error", err)
	}
}

package tensorboard

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Writer writes events to a file. Many goroutines may use it at once. The first
// error of the file stays: later calls return it too.
type Writer struct {
	mu   sync.Mutex
	file *os.File
	buf  *bufio.Writer
	now  func() time.Time
	err  error
}

// Create makes a new file in a folder, which it makes if there is none. The names
// of files begin with the time, so that TensorBoard reads them in order.
func Create(dir string) (*Writer, error) { return create(dir, time.Now) }

func create(dir string, now func() time.Time) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	// The number after the name tells files of one second apart.
	f, err := os.CreateTemp(dir, fmt.Sprintf("events.out.tfevents.%010d.gannet.*", now().Unix()))
	if err == nil {
		err = f.Chmod(0o644) // as other files; a temporary one is for its owner alone
	}
	if err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	w := &Writer{file: f, buf: bufio.NewWriter(f), now: now}
	if err := w.event(0, fieldFileVersion, []byte("brain.Event:2")); err != nil {
		return nil, err
	}
	return w, w.Flush()
}

// The numbers of the fields of Event, Summary and what they hold.
const (
	fieldWallTime    = 1 // Event
	fieldStep        = 2
	fieldFileVersion = 3
	fieldSummary     = 5

	fieldValue = 1 // Summary

	fieldTag       = 1 // Summary.Value
	fieldNumber    = 2
	fieldImage     = 4
	fieldHistogram = 5

	fieldHeight     = 1 // Image
	fieldWidth      = 2
	fieldColorspace = 3
	fieldPicture    = 4

	fieldMin        = 1 // HistogramProto
	fieldMax        = 2
	fieldCount      = 3
	fieldSum        = 4
	fieldSumSquares = 5
	fieldLimits     = 6
	fieldBuckets    = 7
)

// Scalar writes a number under a tag, such as "train/loss", at a step.
func (w *Writer) Scalar(tag string, step int, value float64) error {
	return w.summary(tag, step, func(b []byte) []byte {
		return protowire.AppendFixed32(protowire.AppendTag(b, fieldNumber, protowire.Fixed32Type), math.Float32bits(float32(value)))
	})
}

// Image writes a picture.
func (w *Writer) Image(tag string, step int, m image.Image) error {
	var p bytes.Buffer
	if err := png.Encode(&p, m); err != nil {
		return fmt.Errorf("tensorboard: %s: %w", tag, err)
	}
	const rgba = 4
	var i []byte
	i = appendVarint(i, fieldHeight, m.Bounds().Dy())
	i = appendVarint(i, fieldWidth, m.Bounds().Dx())
	i = appendVarint(i, fieldColorspace, rgba)
	i = protowire.AppendBytes(protowire.AppendTag(i, fieldPicture, protowire.BytesType), p.Bytes())
	return w.summary(tag, step, func(b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, fieldImage, protowire.BytesType), i)
	})
}

// Histogram writes the distribution of values, such as those of a weight. Values
// that are not finite are left out.
func (w *Writer) Histogram(tag string, step int, values []float32) error {
	h := histogram(values)
	return w.summary(tag, step, func(b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, fieldHistogram, protowire.BytesType), h)
	})
}

// buckets is the number of buckets of equal width in a histogram.
const buckets = 30

// histogram encodes a HistogramProto.
func histogram(values []float32) []byte {
	lo, hi := math.Inf(1), math.Inf(-1)
	var sum, squares float64
	n := 0
	for _, v := range values {
		if v-v != 0 { // NaN, or ∞ − ∞
			continue
		}
		x := float64(v)
		lo, hi = min(lo, x), max(hi, x)
		sum += x
		squares += x * x
		n++
	}
	if n == 0 {
		lo, hi = 0, 0
	}
	limits, counts := make([]float64, buckets), make([]float64, buckets)
	width := (hi - lo) / buckets
	for i := range limits {
		limits[i] = lo + float64(i+1)*width
	}
	limits[buckets-1] = hi
	for _, v := range values {
		if v-v == 0 {
			i, _ := slices.BinarySearch(limits, float64(v)) // the first that is not less
			counts[i]++
		}
	}
	var b []byte
	for _, f := range []struct {
		field protowire.Number
		value float64
	}{{fieldMin, lo}, {fieldMax, hi}, {fieldCount, float64(n)}, {fieldSum, sum}, {fieldSumSquares, squares}} {
		b = protowire.AppendFixed64(protowire.AppendTag(b, f.field, protowire.Fixed64Type), math.Float64bits(f.value))
	}
	return appendDoubles(appendDoubles(b, fieldLimits, limits), fieldBuckets, counts)
}

func appendVarint(b []byte, field protowire.Number, v int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v))
}

func appendDoubles(b []byte, field protowire.Number, values []float64) []byte {
	b = protowire.AppendVarint(protowire.AppendTag(b, field, protowire.BytesType), uint64(8*len(values)))
	for _, v := range values {
		b = protowire.AppendFixed64(b, math.Float64bits(v))
	}
	return b
}

// summary writes an event with one value, to which add adds what it holds.
func (w *Writer) summary(tag string, step int, add func(b []byte) []byte) error {
	v := protowire.AppendString(protowire.AppendTag(nil, fieldTag, protowire.BytesType), tag)
	v = add(v)
	s := protowire.AppendBytes(protowire.AppendTag(nil, fieldValue, protowire.BytesType), v)
	return w.event(step, fieldSummary, s)
}

// event writes an event with one field besides the time and the step.
func (w *Writer) event(step int, field protowire.Number, value []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	seconds := float64(w.now().UnixNano()) / 1e9
	e := protowire.AppendFixed64(protowire.AppendTag(nil, fieldWallTime, protowire.Fixed64Type), math.Float64bits(seconds))
	if step != 0 {
		e = appendVarint(e, fieldStep, step)
	}
	e = protowire.AppendBytes(protowire.AppendTag(e, field, protowire.BytesType), value)
	w.record(e)
	return w.err
}

// record writes a record of the TFRecord format: the length and the data, each
// with a checksum.
func (w *Writer) record(data []byte) {
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	head = binary.LittleEndian.AppendUint32(head, checksum(head))
	for _, part := range [][]byte{head, data, binary.LittleEndian.AppendUint32(nil, checksum(data))} {
		if _, err := w.buf.Write(part); err != nil && w.err == nil {
			w.err = fmt.Errorf("tensorboard: %w", err)
		}
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum returns the masked CRC-32C of the format.
func checksum(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// Flush hands everything to the operating system, for TensorBoard to read.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.buf.Flush(); err != nil && w.err == nil {
		w.err = fmt.Errorf("tensorboard: %w", err)
	}
	return w.err
}

// Close flushes and closes the file.
func (w *Writer) Close() error {
	err := w.Flush()
	if e := w.file.Close(); err == nil && e != nil {
		err = fmt.Errorf("tensorboard: %w", e)
	}
	return err
}

// Name returns the path of the file.
func (w *Writer) Name() string { return filepath.Clean(w.file.Name()) }

package rpc

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/gannet-ml/gannet/nn/serve/internal/inference"
	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// read reads a message with its tensors.
func read(b []byte) (*message, []oip.Tensor, error) {
	m, err := parse(b)
	if err != nil {
		return nil, nil, err
	}
	list, err := m.tensors()
	return m, list, err
}

// nested is a field that holds a message, or bytes.
func nested(number protowire.Number, b ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), slices.Concat(b...))
}

// varint is a field that holds a number.
func varint(number protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), v)
}

// Parsers take a message apart as others do: a field that is there twice, contents in
// parts, fields of another kind, numbers that are packed or not.
func TestParseWire(t *testing.T) {
	b := slices.Concat(
		nested(1, []byte("first")), nested(1, []byte("last")), varint(2, 7), nested(99, []byte("unknown")),
		nested(5, nested(1, []byte("x")), nested(2, []byte("INT8")), varint(3, 1), nested(3, []byte{5}),
			nested(5, nested(2, []byte{1, 2})), nested(5), nested(5, varint(2, 3), varint(9, 1), nested(2, []byte{4, 5}))),
		nested(6, nested(1, []byte("y"))),
		protowire.AppendTag(protowire.AppendTag(nil, 50, protowire.StartGroupType), 50, protowire.EndGroupType),
	)
	m, list, err := read(b)
	if err != nil {
		t.Fatal(err)
	}
	if m.model != "last" || m.version != "" || len(m.outputs) != 1 || fmt.Sprint(list) != "[{x INT8 [1 5] [1 2 3 4 5] map[] false}]" {
		t.Errorf("model %q, version %q, outputs %v, tensors %v", m.model, m.version, m.outputs, list)
	}
}

func TestParseRefused(t *testing.T) {
	in := func(fields ...[]byte) []byte {
		return nested(5, append([][]byte{nested(1, []byte("x"))}, fields...)...)
	}
	for name, test := range map[string]struct {
		b    []byte
		want string
	}{
		"tag":              {[]byte{0x80}, "the message is broken"},
		"field number":     {[]byte{0x00, 0x00}, "the message is broken"},
		"large number":     {varint(protowire.MaxValidNumber+1, 0), "the message is broken: field number 536870912"},
		"length":           {[]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 'a'}, "the message is broken"},
		"end of group":     {[]byte{0x0c}, "the message is broken"},
		"packed shape":     {in(nested(3, []byte{0x80})), "the message is broken"},
		"packed integers":  {in(nested(2, []byte("INT64")), varint(3, 1), nested(5, nested(3, []byte{1, 0x80}))), "the message is broken"},
		"packed singles":   {in(nested(2, []byte("FP32")), varint(3, 1), nested(5, nested(6, make([]byte, 5)))), "the message is broken"},
		"packed doubles":   {in(nested(2, []byte("FP64")), varint(3, 1), nested(5, nested(7, make([]byte, 9)))), "the message is broken"},
		"long varint":      {in(nested(2, []byte("INT64")), varint(3, 1), nested(5, nested(3, bytes.Repeat([]byte{0xff}, 10), []byte{0}))), "the message is broken"},
		"unpacked integer": {in(nested(2, []byte("UINT8")), varint(3, 1), nested(5, varint(4, 256))), `rpc: input "x": element 0 is 256, which is no UINT8`},
		"size":             {in(varint(3, math.MaxUint64)), `rpc: input "x": size -1 of axis 0`},
		"key":              {nested(4, nested(1, []byte{0xff})), "not valid UTF-8"},
		"value":            {nested(4, nested(2, nested(3, []byte{0xff}))), "not valid UTF-8"},
		"parameter":        {in(nested(4, nested(1, []byte("k")))), `parameter "k" has no value`},
	} {
		_, _, err := read(test.b)
		var e *oip.Error
		if !errors.As(err, &e) || e.Status != 400 || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want status 400 with %q", name, err, test.want)
		}
	}
}

// Whatever a message says, what is allocated for it is in proportion to its length.
func TestParseAllocates(t *testing.T) {
	const length = 1 << 20
	repeat := func(b []byte) []byte { return bytes.Repeat(b, length/len(b)) }
	tensor := func(datatype string, n int, contents []byte) []byte {
		return nested(5, nested(1, []byte("x")), nested(2, []byte(datatype)), varint(3, uint64(n)), nested(5, contents))
	}
	raw := func(datatype string, n int, contents []byte) []byte {
		return append(nested(5, nested(1, []byte("x")), nested(2, []byte(datatype)), varint(3, uint64(n))), nested(7, contents)...)
	}
	for name, b := range map[string][]byte{
		"inputs":         repeat(nested(5)),
		"outputs":        repeat(nested(6)),
		"raw":            repeat(nested(7)),
		"names":          repeat(nested(1, []byte("ab"))),
		"parameters":     repeat(nested(4, nested(1, []byte("k")), nested(2, nested(3, []byte("ab"))))),
		"shape":          nested(5, repeat(varint(3, 1))),
		"packed shape":   nested(5, nested(3, make([]byte, length))),
		"contents":       nested(5, repeat(nested(5, varint(1, 1)))),
		"UINT64":         tensor("UINT64", length, nested(5, make([]byte, length))),
		"INT64 unpacked": tensor("INT64", length/2, repeat(varint(3, 1))),
		"BOOL":           tensor("BOOL", length, nested(1, make([]byte, length))),
		"FP32":           tensor("FP32", length/4, nested(6, make([]byte, length))),
		"BYTES":          tensor("BYTES", length/2, repeat(nested(8))),
		"raw BYTES":      raw("BYTES", length/4, make([]byte, length)),
		"raw FP32":       raw("FP32", length/4, make([]byte, length)),
		"huge":           raw("INT8", math.MaxInt32, make([]byte, length)),
		"unknown":        repeat(nested(1000, []byte("ab"))),
		"groups":         repeat([]byte{0xfb, 0x06}),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := read(b)
		runtime.ReadMemStats(&after)
		got := after.TotalAlloc - before.TotalAlloc
		if got > 13*uint64(len(b))+1<<16 {
			t.Errorf("%s: %d bytes were allocated for %d, want at most 13 times as many (error %v)", name, got, len(b), err)
		}
	}
}

// shared returns the folder of fixtures.
func shared(t testing.TB) string {
	dir := os.Getenv("GANNET_SHARED")
	if dir == "" {
		t.Skip("GANNET_SHARED is not set: it names the folder with fixtures")
	}
	return filepath.Join(dir, "fixtures", "oip", "grpc-wire-made-here")
}

// Messages that were made by other code mean what index.tsv says.
func TestFixtures(t *testing.T) {
	dir := shared(t)
	iris := []float32{6.8, 2.8, 4.8, 1.4, 6, 3.4, 4.5, 1.6}
	want := map[string]string{
		"iris_contents":    fmt.Sprint("iris [", oip.Tensor{Name: "input-0", Datatype: oip.FP32, Shape: []int{2, 4}, Data: iris}, "]"),
		"iris_raw":         "42",
		"iris_unpacked":    "as iris_contents",
		"unknown_fields":   "as iris_raw",
		"int_types":        "[-1 9007199254740993] [-1 2147483647] [true false] [[104 195 169] []]",
		"parameters":       "map[b:true i:-5 s:x] map[classification:3]",
		"raw_and_contents": "and contents of an input too",
		"raw_wrong_size":   "28 bytes of raw contents, want 8 elements of FP32",
		"truncated":        "the message is broken",
		"response_raw":     "output-0 INT32 [2] [1 1] 42",
	}
	index, err := os.Open(filepath.Join(dir, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer index.Close()
	r := csv.NewReader(index)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, row := range rows[1:] {
		ok := t.Run(row[0], func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(dir, row[0]+".bin"))
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(t, row[0], b); want[row[0]] == "" || !strings.Contains(got, want[row[0]]) {
				t.Errorf("got %s\nwant %s (%s)", got, want[row[0]], row[1])
			}
		})
		if ok {
			passed++
		}
	}
	t.Logf("%d of %d", passed, len(rows)-1)
}

// describe says what a fixture means.
func describe(t *testing.T, name string, b []byte) string {
	if name == "response_raw" {
		return describeResponse(t, b)
	}
	m, list, err := read(b)
	if err != nil {
		return err.Error()
	}
	other := func(name string) string {
		b, err := os.ReadFile(filepath.Join(shared(t), name+".bin"))
		if err != nil {
			t.Fatal(err)
		}
		_, same, err := read(b)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(list) != fmt.Sprint(same) {
			return fmt.Sprintf("%v, not %v", list, same)
		}
		return "as " + name
	}
	switch name {
	case "iris_contents":
		return fmt.Sprint(m.model, " ", list)
	case "iris_raw":
		return m.id
	case "iris_unpacked":
		return other("iris_contents")
	case "unknown_fields":
		return other("iris_raw")
	case "parameters":
		return fmt.Sprint(m.parameters, " ", m.outputs[0].Parameters)
	}
	var all []string
	for _, in := range list {
		all = append(all, fmt.Sprint(in.Data))
	}
	return strings.Join(all, " ")
}

// describeResponse checks that an answer is written as the fixture was.
func describeResponse(t *testing.T, b []byte) string {
	var fixture inference.ModelInferResponse
	if err := proto.Unmarshal(b, &fixture); err != nil {
		t.Fatal(err)
	}
	out := fixture.Outputs[0]
	res := &oip.Response{Model: fixture.ModelName, Version: fixture.ModelVersion, ID: "42", Outputs: []oip.Tensor{
		{Name: "output-0", Datatype: oip.INT32, Shape: []int{2}, Data: []int32{1, 1}},
	}}
	made, err := encode(res, true)
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(made, &fixture) {
		t.Errorf("made %v, want %v", made, &fixture)
	}
	return fmt.Sprint(out.Name, " ", out.Datatype, " ", out.Shape, " [", fixture.RawOutputContents[0][0], " ", fixture.RawOutputContents[0][4], "] ", fixture.Id)
}

// What is read of any bytes is what the generated code reads of them.
func FuzzInfer(f *testing.F) {
	add := func(r *inference.ModelInferRequest) {
		b, err := proto.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	in := func(datatype string, c *inference.InferTensorContents) *inference.ModelInferRequest {
		return &inference.ModelInferRequest{ModelName: "m", Id: "i", Inputs: []*inference.ModelInferRequest_InferInputTensor{
			{Name: "x", Datatype: datatype, Shape: []int64{1, 2}, Contents: c},
		}}
	}
	add(in("FP32", &inference.InferTensorContents{Fp32Contents: []float32{1, 2}}))
	add(in("FP64", &inference.InferTensorContents{Fp64Contents: []float64{1, 2}}))
	add(in("BOOL", &inference.InferTensorContents{BoolContents: []bool{true, false}}))
	add(in("INT8", &inference.InferTensorContents{IntContents: []int32{-1, 2}}))
	add(in("UINT64", &inference.InferTensorContents{Uint64Contents: []uint64{1, 1 << 63}}))
	add(in("BYTES", &inference.InferTensorContents{BytesContents: [][]byte{{}, {1}}}))
	raw := in("INT16", nil)
	raw.RawInputContents = [][]byte{{1, 2, 3, 4}}
	raw.Outputs = []*inference.ModelInferRequest_InferRequestedOutputTensor{{Name: "y", Parameters: map[string]*inference.InferParameter{
		"classification": {ParameterChoice: &inference.InferParameter_Int64Param{Int64Param: 3}},
	}}}
	add(raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, list, err := read(b)
		if err != nil {
			if e := (*oip.Error)(nil); !errors.As(err, &e) {
				t.Fatalf("error %v has no status", err)
			}
			return
		}
		var want inference.ModelInferRequest
		if err := proto.Unmarshal(b, &want); err != nil {
			t.Fatalf("what was read is no message: %v", err)
		}
		if m.model != want.ModelName || m.version != want.ModelVersion || m.id != want.Id || len(m.parameters) != len(want.Parameters) {
			t.Fatalf("read %+v, want %v", m, &want)
		}
		if len(list) != len(want.Inputs) || len(m.outputs) != len(want.Outputs) {
			t.Fatalf("%d inputs and %d outputs, want %d and %d", len(list), len(m.outputs), len(want.Inputs), len(want.Outputs))
		}
		for i, out := range want.Outputs {
			if m.outputs[i].Name != out.Name || len(m.outputs[i].Parameters) != len(out.Parameters) {
				t.Fatalf("output %+v, want %v", m.outputs[i], out)
			}
		}
		for i, in := range want.Inputs {
			got := &list[i]
			if got.Name != in.Name || string(got.Datatype) != in.Datatype || !slices.Equal(sizes(got.Shape), in.Shape) || len(got.Parameters) != len(in.Parameters) {
				t.Fatalf("input %+v, want %v", got, in)
			}
			if length(got) != got.Shape.Size() {
				t.Fatalf("input %+v has %d elements", got, length(got))
			}
			if len(want.RawInputContents) > 0 {
				if back, err := rawOf(got.Data); err != nil || !bytes.Equal(back, want.RawInputContents[i]) {
					t.Fatalf("raw contents %v (error %v), want %v", back, err, want.RawInputContents[i])
				}
			} else if in.Contents != nil {
				in.Contents.ProtoReflect().SetUnknown(nil)
				if back := contents(got.Data); !proto.Equal(back, in.Contents) {
					t.Fatalf("contents %v, want %v", back, in.Contents)
				}
			}
		}
	})
}

package rpc_test

import (
	"bytes"
	"context"
	"math"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/internal/inference"
	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// Short names for what requests are made of.
type (
	request    = inference.ModelInferRequest
	input      = inference.ModelInferRequest_InferInputTensor
	output     = inference.ModelInferRequest_InferRequestedOutputTensor
	values     = inference.InferTensorContents
	parameter  = inference.InferParameter
	connection struct {
		inference.GRPCInferenceServiceClient
		s    *serve.Server
		conn grpc.ClientConnInterface
		dial dialer
	}
)

// A dialer serves s until the test ends and returns the connection of a client.
type dialer func(t testing.TB, s *serve.Server, opts ...grpc.ServerOption) grpc.ClientConnInterface

// one is a request to the echo of a datatype.
func one(d oip.Datatype, v *values, shape ...int64) *request {
	return &request{ModelName: string(d), Inputs: []*input{{Name: "x", Datatype: string(d), Shape: shape, Contents: v}}}
}

// rawOne is the same with raw contents.
func rawOne(d oip.Datatype, b []byte, shape ...int64) *request {
	r := one(d, nil, shape...)
	r.RawInputContents = [][]byte{b}
	return r
}

func fp32(v ...float32) *values { return &values{Fp32Contents: v} }

// both asks "pair" for 1 2 and 10 20.
func both() *request {
	return &request{ModelName: "pair", Inputs: []*input{
		{Name: "b", Datatype: "FP32", Shape: []int64{1, 2}, Contents: fp32(10, 20)},
		{Name: "a", Datatype: "FP32", Shape: []int64{1, 2}, Contents: fp32(1, 2)},
	}}
}

// changed returns both after a change.
func changed(f func(r *request)) *request {
	r := both()
	f(r)
	return r
}

func choiceOf[T any](v T) *parameter {
	switch v := any(v).(type) {
	case bool:
		return &parameter{ParameterChoice: &inference.InferParameter_BoolParam{BoolParam: v}}
	case int64:
		return &parameter{ParameterChoice: &inference.InferParameter_Int64Param{Int64Param: v}}
	case string:
		return &parameter{ParameterChoice: &inference.InferParameter_StringParam{StringParam: v}}
	case float64:
		return &parameter{ParameterChoice: &inference.InferParameter_DoubleParam{DoubleParam: v}}
	case uint64:
		return &parameter{ParameterChoice: &inference.InferParameter_Uint64Param{Uint64Param: v}}
	}
	return new(parameter)
}

// refused are requests that cannot be answered. The server goes on.
var refused = []struct {
	id    string
	r     *request
	code  codes.Code
	words string
}{
	{"no_model_name", changed(func(r *request) { r.ModelName = "" }), codes.NotFound, "unknown model"},
	{"unknown_model", changed(func(r *request) { r.ModelName = "none" }), codes.NotFound, "unknown model \"none\""},
	{"unknown_version", changed(func(r *request) { r.ModelVersion = "7" }), codes.NotFound, "no version \"7\""},
	{"no_inputs", changed(func(r *request) { r.Inputs = nil }), codes.InvalidArgument, "no input"},
	{"missing_input", changed(func(r *request) { r.Inputs = r.Inputs[:1] }), codes.InvalidArgument, "no input \"a\""},
	{"no_name", changed(func(r *request) { r.Inputs[0].Name = "" }), codes.InvalidArgument, "no input \"\""},
	{"no_shape", changed(func(r *request) { r.Inputs[0].Shape = nil }), codes.InvalidArgument, "2 elements in fp32_contents, want the 1 of shape []"},
	{"no_datatype", changed(func(r *request) { r.Inputs[0].Datatype = "" }), codes.InvalidArgument, "unknown datatype \"\""},
	{"no_data", changed(func(r *request) { r.Inputs[0].Contents = nil }), codes.InvalidArgument, "0 elements in fp32_contents, want the 2 of shape [1 2]"},
	{"wrong_datatype", changed(func(r *request) {
		r.Inputs[0].Datatype, r.Inputs[0].Contents = "FP64", &values{Fp64Contents: []float64{1, 2}}
	}), codes.InvalidArgument, "datatype \"FP64\", want \"FP32\""},
	{"unknown_datatype", changed(func(r *request) { r.Inputs[0].Datatype = "INT322" }), codes.InvalidArgument, "unknown datatype \"INT322\""},
	{"shape_not_data", changed(func(r *request) { r.Inputs[0].Shape[0] = 2 }), codes.InvalidArgument, "2 elements in fp32_contents, want the 4"},
	{"shape_not_wanted", changed(func(r *request) { r.Inputs[0].Shape = []int64{2, 1} }), codes.InvalidArgument, "shape [2 1], want [-1 2]"},
	{"rank_not_wanted", changed(func(r *request) { r.Inputs[0].Shape = []int64{2} }), codes.InvalidArgument, "shape [2], want [-1 2]"},
	{"negative_dimension", changed(func(r *request) { r.Inputs[0].Shape[0] = -1 }), codes.InvalidArgument, "size -1 of axis 0"},
	{"huge_dimension", changed(func(r *request) { r.Inputs[0].Shape[0] = math.MaxInt32 }), codes.InvalidArgument, "2 elements"},
	{"overflowing_shape", changed(func(r *request) { r.Inputs[0].Shape = []int64{1 << 30, 1 << 30, 1 << 30} }), codes.InvalidArgument, "has more than"},
	{"rank_17", changed(func(r *request) { r.Inputs[0].Shape = make([]int64, 17) }), codes.InvalidArgument, "more than 16 axes"},
	{"unknown_input", changed(func(r *request) { r.Inputs[0].Name = "c" }), codes.InvalidArgument, "no input \"c\""},
	{"input_twice", changed(func(r *request) { r.Inputs[0].Name = "a" }), codes.InvalidArgument, "given twice"},
	{"too_many_inputs", changed(func(r *request) { r.Inputs = make([]*input, 10000); fill(r.Inputs) }), codes.InvalidArgument, "more than 256 inputs"},
	{"unknown_output", changed(func(r *request) { r.Outputs = []*output{{Name: "z"}} }), codes.InvalidArgument, "unknown output \"z\""},
	{"output_twice", changed(func(r *request) { r.Outputs = []*output{{Name: "a"}, {Name: "a"}} }), codes.InvalidArgument, "asked for twice"},
	{"too_many_outputs", changed(func(r *request) { r.Outputs = make([]*output, 257); fill(r.Outputs) }), codes.InvalidArgument, "more than 256 outputs"},
	{"wrong_contents", changed(func(r *request) { r.Inputs[0].Contents = &values{IntContents: []int32{1, 2}} }), codes.InvalidArgument, "2 elements are in int_contents, want fp32_contents for FP32"},
	{"more_contents", changed(func(r *request) { r.Inputs[0].Contents.BoolContents = []bool{true} }), codes.InvalidArgument, "bool_contents, want fp32_contents"},
	{"fp16_contents", one(oip.FP16, &values{UintContents: []uint32{1}}, 1), codes.InvalidArgument, "FP16 is not for contents"},
	{"bf16_contents", one(oip.BF16, fp32(1), 1), codes.InvalidArgument, "BF16 is not for contents"},
	{"uint8_300", one(oip.UINT8, &values{UintContents: []uint32{1, 300}}, 2), codes.InvalidArgument, "element 1 is 300, which is no UINT8"},
	{"int8_minus_129", one(oip.INT8, &values{IntContents: []int32{-129}}, 1), codes.InvalidArgument, "element 0 is -129, which is no INT8"},
	{"uint16_65536", one(oip.UINT16, &values{UintContents: []uint32{65536}}, 1), codes.InvalidArgument, "no UINT16"},
	{"int16_32768", one(oip.INT16, &values{IntContents: []int32{32768}}, 1), codes.InvalidArgument, "no INT16"},
	{"raw_and_contents", changed(func(r *request) { r.RawInputContents = make([][]byte, 2) }), codes.InvalidArgument, "and contents of an input too"},
	{"raw_number", changed(func(r *request) {
		r.Inputs[0].Contents, r.Inputs[1].Contents, r.RawInputContents = nil, nil, [][]byte{make([]byte, 8)}
	}), codes.InvalidArgument, "1 entries, want one for each of 2 inputs"},
	{"raw_without_inputs", &request{ModelName: "pair", RawInputContents: [][]byte{{1}}}, codes.InvalidArgument, "want one for each of 0 inputs"},
	{"too_many_raw", &request{ModelName: "pair", RawInputContents: make([][]byte, 257)}, codes.InvalidArgument, "more than 256 raw_input_contents"},
	{"raw_too_short", rawOne(oip.FP32, make([]byte, 7), 2), codes.InvalidArgument, "7 bytes of raw contents, want 2 elements of FP32"},
	{"raw_too_long", rawOne(oip.INT64, make([]byte, 24), 2), codes.InvalidArgument, "24 bytes of raw contents, want 2 elements of INT64"},
	{"raw_huge_shape", rawOne(oip.UINT8, make([]byte, 2), math.MaxInt32), codes.InvalidArgument, "2 bytes of raw contents"},
	{"raw_bool_2", rawOne(oip.BOOL, []byte{0, 2}, 2), codes.InvalidArgument, "element 1: a BOOL is byte 2"},
	{"raw_unknown_datatype", changed(func(r *request) {
		r.Inputs[0].Contents, r.Inputs[1].Contents, r.RawInputContents = nil, nil, make([][]byte, 2)
		r.Inputs[0].Datatype = "FP8"
	}), codes.InvalidArgument, "unknown datatype \"FP8\""},
	{"raw_bytes_length", rawOne(oip.BYTES, []byte{255, 255, 255, 255}, 1), codes.InvalidArgument, "element 0 has length 4294967295, but only 0 bytes"},
	{"raw_bytes_cut", rawOne(oip.BYTES, []byte{3, 0, 0, 0, 'a', 'b', 'c', 1}, 2), codes.InvalidArgument, "element 1: 1 bytes are left"},
	{"raw_bytes_more", rawOne(oip.BYTES, []byte{0, 0, 0, 0, 1}, 1), codes.InvalidArgument, "1 bytes follow"},
	{"raw_bytes_shape", rawOne(oip.BYTES, make([]byte, 8), 1<<30), codes.InvalidArgument, "8 bytes of raw contents"},
	{"parameter_without_value", changed(func(r *request) { r.Parameters = map[string]*parameter{"k": {}} }), codes.InvalidArgument, "parameter \"k\" has no value"},
	{"parameter_too_large", changed(func(r *request) { r.Parameters = map[string]*parameter{"k": choiceOf[uint64](1 << 63)} }), codes.InvalidArgument, "9223372036854775808"},
	{"too_many_parameters", changed(func(r *request) {
		r.Parameters = map[string]*parameter{}
		for i := range 257 {
			r.Parameters[string(rune('Ā'+i))] = choiceOf(true)
		}
	}), codes.InvalidArgument, "more than 256 parameters"},
	{"classification_0", changed(func(r *request) {
		r.Outputs = []*output{{Name: "a", Parameters: map[string]*parameter{"classification": choiceOf[int64](0)}}}
	}), codes.InvalidArgument, "classification"},
}

// fill makes empty messages for a list.
func fill[T any](list []*T) {
	for i := range list {
		list[i] = new(T)
	}
}

// extremes are requests whose tensors come back as they were.
var extremes = []struct {
	id string
	r  *request
}{
	{"BOOL", one(oip.BOOL, &values{BoolContents: []bool{true, false}}, 2)},
	{"UINT8", one(oip.UINT8, &values{UintContents: []uint32{0, 255}}, 2)},
	{"UINT16", one(oip.UINT16, &values{UintContents: []uint32{0, 65535}}, 2)},
	{"UINT32", one(oip.UINT32, &values{UintContents: []uint32{0, math.MaxUint32}}, 2)},
	{"UINT64", one(oip.UINT64, &values{Uint64Contents: []uint64{0, math.MaxUint64}}, 2)},
	{"INT8", one(oip.INT8, &values{IntContents: []int32{-128, 127}}, 2)},
	{"INT16", one(oip.INT16, &values{IntContents: []int32{-32768, 32767}}, 2)},
	{"INT32", one(oip.INT32, &values{IntContents: []int32{math.MinInt32, math.MaxInt32}}, 2)},
	{"INT64", one(oip.INT64, &values{Int64Contents: []int64{math.MinInt64, math.MaxInt64}}, 2)},
	{"FP32", one(oip.FP32, fp32(math.MaxFloat32, math.SmallestNonzeroFloat32, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(-1))), 5)},
	{"FP64", one(oip.FP64, &values{Fp64Contents: []float64{math.MaxFloat64, math.SmallestNonzeroFloat64, math.NaN(), math.Inf(1)}}, 4)},
	{"BYTES", one(oip.BYTES, &values{BytesContents: [][]byte{[]byte("hé"), {}, {0, 255}}}, 3)},
	{"raw_BOOL", rawOne(oip.BOOL, []byte{1, 0}, 2)},
	{"raw_UINT8", rawOne(oip.UINT8, []byte{0, 255}, 2)},
	{"raw_UINT16", rawOne(oip.UINT16, []byte{1, 0, 255, 255}, 2)},
	{"raw_UINT32", rawOne(oip.UINT32, []byte{1, 2, 3, 255}, 1)},
	{"raw_UINT64", rawOne(oip.UINT64, []byte{1, 2, 3, 4, 5, 6, 7, 255}, 1)},
	{"raw_INT8", rawOne(oip.INT8, []byte{128, 127}, 2)},
	{"raw_INT16", rawOne(oip.INT16, []byte{0, 128}, 1)},
	{"raw_INT32", rawOne(oip.INT32, []byte{0, 0, 0, 128}, 1)},
	{"raw_INT64", rawOne(oip.INT64, []byte{0, 0, 0, 0, 0, 0, 0, 128}, 1)},
	{"raw_FP16", rawOne(oip.FP16, []byte{0, 124, 1, 0}, 2)},
	{"raw_BF16", rawOne(oip.BF16, []byte{128, 127, 192, 255}, 2)},
	{"raw_FP32", rawOne(oip.FP32, []byte{0, 0, 192, 255, 1, 0, 0, 0}, 2)},
	{"raw_FP64", rawOne(oip.FP64, []byte{0, 0, 0, 0, 0, 0, 248, 127}, 1)},
	{"raw_BYTES", rawOne(oip.BYTES, []byte{0, 0, 0, 0, 2, 0, 0, 0, 'o', 'k'}, 2)},
}

// behaviour is the rest of what the protocol says.
var behaviour = []struct {
	id  string
	run func(t *testing.T, ctx context.Context, c connection)
}{
	{"health/live", func(t *testing.T, ctx context.Context, c connection) {
		if r, err := c.ServerLive(ctx, &inference.ServerLiveRequest{}); err != nil || !r.Live {
			t.Errorf("%v, %v", r, err)
		}
	}},
	{"health/ready", func(t *testing.T, ctx context.Context, c connection) {
		if r, err := c.ServerReady(ctx, &inference.ServerReadyRequest{}); err != nil || !r.Ready {
			t.Errorf("%v, %v", r, err)
		}
	}},
	{"health/draining", func(t *testing.T, ctx context.Context, c connection) {
		c.s.Drain()
		ready, err := c.ServerReady(ctx, &inference.ServerReadyRequest{})
		live, err2 := c.ServerLive(ctx, &inference.ServerLiveRequest{})
		if err != nil || err2 != nil || ready.Ready || !live.Live {
			t.Errorf("ready %v, %v; live %v, %v", ready, err, live, err2)
		}
		if _, err := c.ModelInfer(ctx, both()); err != nil {
			t.Error(err)
		}
	}},
	{"server/metadata", func(t *testing.T, ctx context.Context, c connection) {
		m, err := c.ServerMetadata(ctx, &inference.ServerMetadataRequest{})
		if err != nil || m.Name != "gannet" || m.Version == "" || len(m.Extensions) != 1 {
			t.Errorf("%v, %v", m, err)
		}
	}},
	{"model/metadata", func(t *testing.T, ctx context.Context, c connection) {
		for _, version := range []string{"", "1"} {
			m, err := c.ModelMetadata(ctx, &inference.ModelMetadataRequest{Name: "double", Version: version})
			if err != nil {
				t.Fatal(err)
			}
			in := m.Inputs[0]
			if m.Name != "double" || len(m.Versions) != 1 || m.Platform == "" || in.Name != "input" || in.Datatype != "FP32" ||
				in.Shape[0] != -1 || in.Shape[1] != 3 || m.Outputs[0].Shape[0] != -1 {
				t.Errorf("version %q: %v", version, m)
			}
		}
	}},
	{"model/unknown", func(t *testing.T, ctx context.Context, c connection) {
		_, err := c.ModelMetadata(ctx, &inference.ModelMetadataRequest{Name: "none"})
		wantCode(t, err, codes.NotFound, "none")
		_, err = c.ModelMetadata(ctx, &inference.ModelMetadataRequest{Name: "double", Version: "2"})
		wantCode(t, err, codes.NotFound, "no version \"2\"")
		_, err = c.ModelReady(ctx, &inference.ModelReadyRequest{Name: "none"})
		wantCode(t, err, codes.NotFound, "none")
	}},
	{"model/ready", func(t *testing.T, ctx context.Context, c connection) {
		for _, version := range []string{"", "1"} {
			if r, err := c.ModelReady(ctx, &inference.ModelReadyRequest{Name: "double", Version: version}); err != nil || !r.Ready {
				t.Errorf("version %q: %v, %v", version, r, err)
			}
		}
	}},
	{"infer/contents", func(t *testing.T, ctx context.Context, c connection) {
		r, err := c.ModelInfer(ctx, both())
		if err != nil {
			t.Fatal(err)
		}
		if r.ModelName != "pair" || r.ModelVersion != "1" || len(r.Outputs) != 3 || len(r.RawOutputContents) != 0 ||
			r.Outputs[2].Name != "sum" || r.Outputs[2].Contents.Fp32Contents[1] != 22 {
			t.Errorf("%v", r)
		}
	}},
	{"infer/raw", func(t *testing.T, ctx context.Context, c connection) {
		r, err := c.ModelInfer(ctx, changed(func(r *request) {
			r.Inputs[0].Contents, r.Inputs[1].Contents = nil, nil
			r.RawInputContents = [][]byte{{0, 0, 32, 65, 0, 0, 160, 65}, {0, 0, 128, 63, 0, 0, 0, 64}}
		}))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.RawOutputContents) != 3 || r.Outputs[2].Contents != nil || !bytes.Equal(r.RawOutputContents[2], []byte{0, 0, 48, 65, 0, 0, 176, 65}) {
			t.Errorf("%v", r)
		}
	}},
	{"infer/version", func(t *testing.T, ctx context.Context, c connection) {
		if r, err := c.ModelInfer(ctx, changed(func(r *request) { r.ModelVersion = "1" })); err != nil || r.ModelVersion != "1" {
			t.Errorf("%v, %v", r, err)
		}
	}},
	{"infer/id", func(t *testing.T, ctx context.Context, c connection) {
		for _, id := range []string{"", "a", "grüße 🐦"} {
			if r, err := c.ModelInfer(ctx, changed(func(r *request) { r.Id = id })); err != nil || r.Id != id {
				t.Errorf("id %q: %v, %v", id, r, err)
			}
		}
	}},
	{"infer/outputs", func(t *testing.T, ctx context.Context, c connection) {
		r, err := c.ModelInfer(ctx, changed(func(r *request) { r.Outputs = []*output{{Name: "sum"}, {Name: "b"}} }))
		if err != nil || len(r.Outputs) != 2 || r.Outputs[0].Name != "sum" || r.Outputs[1].Name != "b" {
			t.Errorf("%v, %v", r, err)
		}
	}},
	{"infer/classification", func(t *testing.T, ctx context.Context, c connection) {
		r, err := c.ModelInfer(ctx, changed(func(r *request) {
			r.Outputs = []*output{{Name: "sum", Parameters: map[string]*parameter{"classification": choiceOf[int64](1)}}}
		}))
		if err != nil || r.Outputs[0].Datatype != "BYTES" || string(r.Outputs[0].Contents.BytesContents[0]) != "22.000000:1" {
			t.Errorf("%v, %v", r, err)
		}
	}},
	{"infer/parameters", func(t *testing.T, ctx context.Context, c connection) {
		if _, err := c.ModelInfer(ctx, changed(func(r *request) {
			r.Parameters = map[string]*parameter{"b": choiceOf(true), "i": choiceOf[int64](-5), "s": choiceOf("x"), "f": choiceOf(0.5), "u": choiceOf[uint64](7)}
			r.Inputs[0].Parameters = map[string]*parameter{"content_type": choiceOf("np")}
		})); err != nil {
			t.Error(err)
		}
	}},
	{"infer/empty_batch", func(t *testing.T, ctx context.Context, c connection) {
		if r, err := c.ModelInfer(ctx, infer()); err != nil || r.Outputs[0].Shape[0] != 0 || r.Outputs[0].Shape[1] != 3 {
			t.Errorf("%v, %v", r, err)
		}
	}},
	{"infer/large_batch", func(t *testing.T, ctx context.Context, c connection) {
		if r, err := c.ModelInfer(ctx, infer(make([]float32, 3*10000)...)); err != nil || len(r.Outputs[0].Contents.Fp32Contents) != 30000 {
			t.Error(err)
		}
	}},
	{"infer/gzip", func(t *testing.T, ctx context.Context, c connection) {
		if r, err := c.ModelInfer(ctx, both(), grpc.UseCompressor(gzip.Name)); err != nil || r.Outputs[2].Contents.Fp32Contents[0] != 11 {
			t.Errorf("%v, %v", r, err)
		}
	}},
	{"infer/gzip_bomb", func(t *testing.T, ctx context.Context, c connection) {
		small := inference.NewGRPCInferenceServiceClient(c.dial(t, c.s, grpc.MaxRecvMsgSize(1<<16)))
		_, err := small.ModelInfer(ctx, infer(make([]float32, 3<<16)...), grpc.UseCompressor(gzip.Name))
		wantCode(t, err, codes.ResourceExhausted, "after decompression")
	}},
	{"infer/rank_0", func(t *testing.T, ctx context.Context, c connection) {
		_, err := c.ModelInfer(ctx, one(oip.FP32, fp32(1)))
		wantCode(t, err, codes.InvalidArgument, "shape [], want [-1]")
	}},
	{"wire/empty", func(t *testing.T, ctx context.Context, c connection) {
		_, err := c.ModelInfer(ctx, &request{}) // no byte
		wantCode(t, err, codes.NotFound, "unknown model")
	}},
	{"wire/truncated", func(t *testing.T, ctx context.Context, c connection) {
		b, err := proto.Marshal(both())
		if err != nil {
			t.Fatal(err)
		}
		_, err = sendWire(ctx, c.conn, b[:len(b)-1])
		wantCode(t, err, codes.InvalidArgument, "the message is broken")
	}},
	{"wire/not_utf8", func(t *testing.T, ctx context.Context, c connection) {
		_, err := sendWire(ctx, c.conn, []byte{10, 1, 255})
		wantCode(t, err, codes.InvalidArgument, "not valid UTF-8")
	}},
	{"wire/deep_groups", func(t *testing.T, ctx context.Context, c connection) {
		_, err := sendWire(ctx, c.conn, bytes.Repeat([]byte{0xfb, 0x06}, 1<<20)) // start of group 111
		wantCode(t, err, codes.InvalidArgument, "the message is broken")
	}},
	{"overload/canceled", func(t *testing.T, ctx context.Context, c connection) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		_, err := c.ModelInfer(ctx, both())
		wantCode(t, err, codes.Canceled, "")
	}},
	{"overload/deadline", func(t *testing.T, ctx context.Context, c connection) {
		stuck := echo(oip.FP32)
		stuck.infer = func(ctx context.Context, _ []oip.Tensor) ([]oip.Tensor, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		register(t, c.s, "stuck", stuck)
		ctx, cancel := context.WithTimeout(ctx, time.Second) // starting a client takes some of it
		defer cancel()
		r := one(oip.FP32, fp32(1), 1)
		r.ModelName = "stuck"
		_, err := c.ModelInfer(ctx, r)
		if _, js := c.conn.(nodeConn); js && status.Code(err) == codes.Canceled {
			return // when the time is over, grpc-go resets the stream, which grpc-js may see before its own clock
		}
		wantCode(t, err, codes.DeadlineExceeded, "")
	}},
	{"overload/unavailable", func(t *testing.T, ctx context.Context, c connection) {
		s := serve.New(serve.Options{MaxRequests: 1})
		defer s.Close()
		begun, finish := make(chan bool), make(chan bool)
		slow := echo(oip.FP32)
		slow.infer = func(_ context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
			begun <- true
			<-finish
			return in, nil
		}
		register(t, s, "FP32", slow)
		cl := inference.NewGRPCInferenceServiceClient(c.dial(t, s))
		first := make(chan error, 1)
		go func() {
			_, err := cl.ModelInfer(ctx, one(oip.FP32, fp32(1), 1))
			first <- err
		}()
		<-begun
		_, err := cl.ModelInfer(ctx, one(oip.FP32, fp32(1), 1))
		wantCode(t, err, codes.Unavailable, "1 requests are being served already")
		finish <- true
		if err := <-first; err != nil {
			t.Error(err)
		}
		go func() { <-begun; finish <- true }()
		if _, err := cl.ModelInfer(ctx, one(oip.FP32, fp32(1), 1)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}},
}

// leftOut says of each client which cases it cannot ask, and why.
var leftOut = map[string]map[string]string{
	"grpcurl": {
		"infer/gzip":        "grpcurl compresses no request",
		"infer/gzip_bomb":   "grpcurl compresses no request",
		"wire/truncated":    "grpcurl encodes whole messages only",
		"wire/not_utf8":     "grpcurl reads JSON, whose text is UTF-8",
		"wire/deep_groups":  "grpcurl encodes fields of the protocol only",
		"overload/canceled": "grpcurl has no call that is cancelled before it is sent",
	},
	"grpc-js": {
		"wire/truncated":   "protobufjs encodes whole messages only",
		"wire/not_utf8":    "protobufjs encodes strings as UTF-8",
		"wire/deep_groups": "protobufjs encodes fields of the protocol only",
	},
}

// TestConformance asks a server all cases over gRPC, with Go's client, which shares
// code with the server, and with two that do not come from us.
func TestConformance(t *testing.T) {
	for _, client := range []struct {
		name string
		dial func(t *testing.T) dialer
	}{
		{"grpc", func(*testing.T) dialer {
			return func(t testing.TB, s *serve.Server, opts ...grpc.ServerOption) grpc.ClientConnInterface {
				return dial(t, s, opts...)
			}
		}},
		{"grpcurl", newGrpcurl},
		{"grpc-js", func(t *testing.T) dialer { return newNode(t, "inference.proto") }},
	} {
		t.Run(client.name, func(t *testing.T) { conform(t, client.dial(t), leftOut[client.name]) })
	}
}

// conform asks all cases but some, with their reasons, over connections of dial.
func conform(t *testing.T, dial dialer, out map[string]string) {
	s := newServer(t, serve.Options{})
	conn := dial(t, s)
	c := inference.NewGRPCInferenceServiceClient(conn)
	known := 0
	run := func(id string, f func(t *testing.T)) {
		reason, skip := out[id]
		if skip {
			known++
		}
		t.Run(id, func(t *testing.T) {
			if skip {
				t.Skip("left out: " + reason)
			}
			f(t)
		})
	}
	for _, test := range extremes {
		run("datatype/"+test.id, func(t *testing.T) {
			r, err := c.ModelInfer(within(t), test.r)
			if err != nil {
				t.Fatal(err)
			}
			in := test.r.Inputs[0]
			want := &inference.ModelInferResponse{
				ModelName: test.r.ModelName, ModelVersion: "1", RawOutputContents: test.r.RawInputContents,
				Outputs: []*inference.ModelInferResponse_InferOutputTensor{{Name: in.Name, Datatype: in.Datatype, Shape: in.Shape, Contents: in.Contents}},
			}
			if got, want := protojson.Format(r), protojson.Format(want); got != want { // tells -0 from 0
				t.Errorf("response %s, want %s", got, want)
			}
		})
	}
	for _, test := range refused {
		run("refused/"+test.id, func(t *testing.T) {
			_, err := c.ModelInfer(within(t), test.r)
			wantCode(t, err, test.code, test.words)
			if _, err := c.ModelInfer(within(t), both()); err != nil {
				t.Errorf("the next request: %v", err)
			}
		})
	}
	for _, test := range behaviour {
		run(test.id, func(t *testing.T) {
			s := newServer(t, serve.Options{})
			conn := dial(t, s)
			test.run(t, within(t), connection{inference.NewGRPCInferenceServiceClient(conn), s, conn, dial})
		})
	}
	if known != len(out) {
		t.Errorf("%d cases are left out, but %d of them are none: %v", len(out), len(out)-known, out)
	}
}

package oip

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// extremes has a tensor of every datatype with its extremes.
func extremes() []Tensor {
	return []Tensor{
		{Datatype: BOOL, Data: []bool{false, true}},
		{Datatype: UINT8, Data: []uint8{0, math.MaxUint8}},
		{Datatype: UINT16, Data: []uint16{0, math.MaxUint16}},
		{Datatype: UINT32, Data: []uint32{0, math.MaxUint32}},
		{Datatype: UINT64, Data: []uint64{0, 1<<53 + 1, math.MaxUint64}},
		{Datatype: INT8, Data: []int8{math.MinInt8, math.MaxInt8}},
		{Datatype: INT16, Data: []int16{math.MinInt16, math.MaxInt16}},
		{Datatype: INT32, Data: []int32{math.MinInt32, math.MaxInt32}},
		{Datatype: INT64, Data: []int64{math.MinInt64, -1<<53 - 1, math.MaxInt64}},
		{Datatype: FP16, Data: []uint16{0x7bff, 0x8000, 0x7e00}, Binary: true},
		{Datatype: BF16, Data: []uint16{0x7f7f, 0x8000, 0xff80}, Binary: true},
		{Datatype: FP32, Data: []float32{math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, float32(math.Copysign(0, -1)), 0x1p-126, 0x1.fffffep-127, 1e21, 1e-7, 0.1}},
		{Datatype: FP64, Data: []float64{math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, math.Copysign(0, -1), 0x1p-1022, 1e21, 1e22, 1e23, 0.1}},
		{Datatype: BYTES, Data: [][]byte{{}, []byte("\x00\x1f\"\\/\n é\u2028😀")}},
	}
}

func TestRoundTripExtremes(t *testing.T) {
	for _, binary := range []bool{false, true} {
		r := &Request{ID: "ü\"1", Binary: true, Parameters: map[string]any{"a": "b\n", "i": int64(math.MinInt64), "f": 2.0, "t": true},
			Outputs: []Output{{Name: "y", Binary: true}, {Name: "z", Parameters: map[string]any{"k": 1e-7}}}}
		for i, x := range extremes() {
			x.Name = fmt.Sprint(string(x.Datatype), i)
			x.Shape = []int{reflect.ValueOf(x.Data).Len(), 1}
			x.Binary = x.Binary || binary
			r.Inputs = append(r.Inputs, x)
		}
		r.Inputs[3].Binary = !r.Inputs[3].Binary
		r.Inputs = append(r.Inputs, Tensor{Name: "empty", Datatype: FP32, Shape: []int{0, 4}, Data: []float32{}, Binary: binary})
		t.Run(fmt.Sprintf("ok/extremes/binary=%v", binary), func(t *testing.T) { roundTrip(t, r) })

		a := &Response{Model: "m", Version: "1", ID: r.ID, Parameters: r.Parameters, Outputs: r.Inputs}
		body, header, err := a.Encode([]byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeResponse(body[len("before"):], header, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if describe(again.Outputs) != describe(a.Outputs) || again.Model != "m" || again.Version != "1" || again.ID != a.ID || !reflect.DeepEqual(again.Parameters, a.Parameters) {
			t.Errorf("response after a round trip is %+v, want %+v", again, a)
		}
	}
}

func TestRoundTripNotFinite(t *testing.T) {
	nan := math.Float32frombits(0x7fc12345)
	roundTrip(t, &Request{Inputs: []Tensor{
		{Name: "x", Datatype: FP32, Shape: []int{3}, Data: []float32{nan, float32(math.Inf(1)), 0}, Binary: true},
		{Name: "y", Datatype: FP64, Shape: []int{2}, Data: []float64{math.NaN(), math.Inf(-1)}, Binary: true},
		{Name: "z", Datatype: BYTES, Shape: []int{}, Data: [][]byte{{0xff}}, Binary: true},
	}})
}

// What requests may look like: the model wants x, FP32 of shape [-1 2].
func TestAccepted(t *testing.T) {
	want := []Port{{"x", FP32, []int{-1, 2}}}
	for _, c := range []struct {
		id, body string
		data     []float32
	}{
		{"flat", typed("FP32", "[2,2]", "[1,2.5,-3e0,0.1]"), []float32{1, 2.5, -3, 0.1}},
		{"nested", typed("FP32", "[2,2]", "[[1,2.5],[-3,0.1]]"), []float32{1, 2.5, -3, 0.1}},
		{"nested_deeper", typed("FP32", "[2,2]", "[[[1],[2.5]],[[-3],[0.1]]]"), []float32{1, 2.5, -3, 0.1}},
		{"nested_flat", typed("FP32", "[1,2]", "[[[1,2]]]"), []float32{1, 2}},
		{"integers", typed("FP32", "[1,2]", "[16777217,-0]"), []float32{16777216, float32(math.Copysign(0, -1))}},
		{"zero_rows", typed("FP32", "[0,2]", "[]"), []float32{}},
		{"zero_rows_nested", typed("FP32", "[0,2]", "[[],[]]"), []float32{}},
		{"white_space", " " + strings.ReplaceAll(typed("FP32", "[1,2]", "[ 1 , [ ]]"), "[ ]", "2 ") + "\r\n\t", []float32{1, 2}},
		{"data_first", with(`"data":[[1,2]],"shape":[1,2],"z":"]","datatype":"FP32","name":"x"`), []float32{1, 2}},
		{"escaped_keys", with(`"n\u0061me":"\u0078","datatype":"FP32","shape":[1,2],"d\u0061ta":[1,2]`), []float32{1, 2}},
		{"unknown_members", `{"model_name":"m","a":[{"b":[null,1e400,"\""]}],"inputs":[{"c":{},` + good + `}]}`, []float32{1, 2}},
		{"nulls", `{"id":null,"parameters":null,"outputs":null,"inputs":[{"parameters":{"a":null},` + good + `}]}`, []float32{1, 2}},
		{"depth_100", `{"a":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `,"inputs":[{` + good + `}]}`, []float32{1, 2}},
	} {
		t.Run("ok/"+c.id, func(t *testing.T) {
			r, err := DecodeRequest([]byte(c.body), -1, want, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			w := Tensor{Name: "x", Datatype: FP32, Shape: []int{len(c.data) / 2, 2}, Data: c.data}
			if got := describe(r.Inputs); got != describe([]Tensor{w}) {
				t.Errorf("got %swant %s", got, describe([]Tensor{w}))
			}
		})
	}
}

func TestRequestFields(t *testing.T) {
	for _, id := range []string{"", "42", "\u00fc\u65e5\U0001f600"} {
		r, err := DecodeRequest(fmt.Appendf(nil, `{"id":%q,"inputs":[]}`, id), -1, nil, Limits{})
		if err != nil || r.ID != id {
			t.Errorf("id %q, %v; want %q", r.ID, err, id)
		}
	}
	body := `{"outputs":[{"name":"b","parameters":{"binary_data":false}},{"name":"a","parameters":{"k":0.5}}],` +
		`"parameters":{"binary_data_output":true,"n":-7,"big":18446744073709551616},"inputs":[]}`
	r, err := DecodeRequest([]byte(body), -1, nil, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := &Request{Binary: true, Inputs: nil, Parameters: map[string]any{"n": int64(-7), "big": 0x1p64},
		Outputs: []Output{{Name: "b"}, {Name: "a", Binary: true, Parameters: map[string]any{"k": 0.5}}}}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got %+v, want %+v", r, want)
	}
	if r.WantsBinary("b") || !r.WantsBinary("a") || !r.WantsBinary("c") {
		t.Error("WantsBinary is not what the request says")
	}
}

// Inputs come in the order of the model, binary data in the order of the JSON.
func TestOrder(t *testing.T) {
	sent := &Request{Inputs: []Tensor{
		{Name: "b", Datatype: UINT8, Shape: []int{2}, Data: []uint8{1, 2}, Binary: true},
		{Name: "c", Datatype: INT8, Shape: []int{1}, Data: []int8{3}},
		{Name: "a", Datatype: UINT8, Shape: []int{1}, Data: []uint8{4}, Binary: true},
	}}
	body, header, err := sent.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := DecodeRequest(body, header, []Port{{"a", UINT8, []int{1}}, {"b", UINT8, []int{-1}}, {"c", INT8, []int{1}}}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := describe(r.Inputs), describe([]Tensor{sent.Inputs[2], sent.Inputs[0], sent.Inputs[1]}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A request with header 0 is the data of the only input.
func TestRaw(t *testing.T) {
	for _, c := range []struct {
		port  Port
		body  string
		shape []int
		data  any
	}{
		{Port{"x", UINT16, []int{-1, 2}}, "\x01\x00\x02\x01", []int{1, 2}, []uint16{1, 258}},
		{Port{"x", UINT8, []int{-1, -1, 2}}, "123456", []int{1, 3, 2}, []uint8("123456")},
		{Port{"x", UINT8, []int{2}}, "12", []int{2}, []uint8("12")},
		{Port{"x", BYTES, []int{-1, 1}}, "text", []int{1, 1}, [][]byte{[]byte("text")}},
	} {
		r, err := DecodeRequest([]byte(c.body), 0, []Port{c.port}, Limits{})
		if err != nil {
			t.Errorf("%v: %v", c.port, err)
			continue
		}
		x := r.Inputs[0]
		if !slices.Equal(x.Shape, c.shape) || !reflect.DeepEqual(x.Data, c.data) || !r.WantsBinary("y") {
			t.Errorf("%v: got %+v, want %v %v", c.port, x, c.shape, c.data)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		tensor  Tensor
		status  int
		message string
	}{
		{Tensor{Datatype: FP32, Shape: []int{2}, Data: []float32{1, float32(math.NaN())}}, 500, `oip: output "y%": element 1 is NaN, which JSON does not have; ask for binary data`},
		{Tensor{Datatype: FP64, Shape: []int{1}, Data: []float64{math.Inf(-1)}}, 500, "element 0 is -Inf"},
		{Tensor{Datatype: BYTES, Shape: []int{1}, Data: [][]byte{{0xff}}}, 400, "element 0 is not valid UTF-8, which JSON must be; ask for binary data"},
		{Tensor{Datatype: FP16, Shape: []int{1}, Data: []uint16{1}}, 400, "FP16 has no form in JSON, ask for it as binary data"},
		{Tensor{Datatype: FP32, Shape: []int{1}, Data: []float64{1}}, 500, `data are a []float64, which is not the type of datatype "FP32"`},
		{Tensor{Datatype: FP32, Shape: []int{2}, Data: []float32{1}}, 500, "1 elements of data, want the 2 of shape [2]"},
		{Tensor{Datatype: FP32, Shape: []int{-1}, Data: []float32{1}, Binary: true}, 500, "negative size"},
		{Tensor{Datatype: FP32, Shape: []int{1}}, 500, "data are a <nil>"},
		{Tensor{Datatype: FP32, Shape: []int{1}, Data: []float32{1}, Parameters: map[string]any{"a": 1}}, 500, `parameter "a" is a int`},
		{Tensor{Datatype: FP32, Shape: []int{1}, Data: []float32{1}, Parameters: map[string]any{"binary_data_size": int64(4)}}, 500, "is for the field Binary to set"},
	} {
		c.tensor.Name = "y%"
		_, _, err := (&Response{Outputs: []Tensor{c.tensor}}).Encode(nil)
		e, ok := err.(*Error)
		if !ok || e.Status != c.status || !strings.Contains(e.Error(), c.message) {
			t.Errorf("error %v, want %d: %s", err, c.status, c.message)
		}
	}
	if _, _, err := (&Request{ID: "\xff"}).Encode(nil); err == nil || !strings.Contains(err.Error(), "not valid UTF-8") {
		t.Errorf("error %v", err)
	}
}

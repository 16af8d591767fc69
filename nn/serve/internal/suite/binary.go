package suite

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// lengthHeader gives the length of the JSON in a body with binary tensors.
const lengthHeader = "Inference-Header-Content-Length"

// mixed is a request with bytes behind its JSON.
func mixed(path, json string, data ...[]byte) Request {
	r := post(path, json, lengthHeader, strconv.Itoa(len(json)), "Content-Type", "application/octet-stream")
	for _, d := range data {
		r.Body = append(r.Body, d...)
	}
	return r
}

// lying is the same with another value of the header.
func lying(header string, r Request) Request {
	r.Header[lengthHeader] = header
	return r
}

// le returns numbers as the extension writes them.
func le(values any) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return b
}

// text returns elements of BYTES.
func text(elements ...string) (b []byte) {
	for _, e := range elements {
		b = append(append(b, le(uint32(len(e)))...), e...)
	}
	return b
}

// doubleBinary is the input of the model double, [1, 3], with the size of its
// data.
func doubleBinary(size any) string {
	return fmt.Sprintf(`"inputs":[{"name":"input","datatype":"FP32","shape":[1,3],"parameters":{"binary_data_size":%v}}]`, size)
}

const (
	allBinary = `"parameters":{"binary_data_output":true}`

	binaryOutput = `{"model_name":"double","model_version":"1","outputs":[{"name":"output","datatype":"FP32","shape":[1,3],"parameters":{"binary_data_size":12}}]}`

	binaryFloats = `{"name":"floats","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}`
	binaryWords  = `{"name":"words","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":6}}`
)

func echoedBinary(data []byte, outputs ...string) Check {
	return inBytes(`{"model_name":"echo","model_version":"1","outputs":[`+strings.Join(outputs, ",")+`]}`, data)
}

// binaries are the cases of the extension binary_tensor_data.
func binaries() []Case {
	in, out := le([]float32{1, 2.5, -3}), le([]float32{2, 5, -6})
	floatsData, wordsData := le([]float32{0.5, -1}), text("é")
	three := `"inputs":[` + binaryFloats + `,` + integers + `,` + binaryWords + `]`
	json := `{` + doubleBinary(12) + `}`
	long := mixed(toDouble, json+strings.Repeat(" ", 1<<16), in)
	cases := []Case{
		{Name: "inputs", Request: mixed(toDouble, json, in), Want: []Check{goodAnswer}},
		{Name: "inputs_and_outputs", Request: mixed(toDouble, `{"id":"a",`+allBinary+`,`+doubleBinary(12)+`}`, in), Want: []Check{inBytes(strings.Replace(binaryOutput, `"outputs"`, `"id":"a","outputs"`, 1), out)}},
		{Name: "outputs", Request: post(toDouble, `{`+allBinary+`,`+input("[1,3]", "[1,2.5,-3]")+`}`), Want: []Check{inBytes(binaryOutput, out)}},
		{Name: "one_output", Request: post(toDouble, `{`+input("[1,3]", "[1,2.5,-3]")+`,"outputs":[{"name":"output","parameters":{"binary_data":true}}]}`), Want: []Check{inBytes(binaryOutput, out)}},
		{Name: "some_inputs", Request: mixed(toEcho, `{`+three+`}`, floatsData, wordsData), Want: []Check{echoed(floats, integers, words)}},
		{Name: "some_outputs_in_their_order", Request: mixed(toEcho, `{`+three+`,"outputs":[{"name":"words","parameters":{"binary_data":true}},{"name":"integers"},{"name":"floats","parameters":{"binary_data":true}}]}`, floatsData, wordsData),
			Want: []Check{echoedBinary(append(text("é"), floatsData...), binaryWords, integers, binaryFloats)}},
		{Name: "output_overrides_request", Request: mixed(toEcho, `{`+allBinary+`,`+three+`,"outputs":[{"name":"words"},{"name":"integers","parameters":{"binary_data":false}},{"name":"floats","parameters":{"binary_data":true}}]}`, floatsData, wordsData),
			Want: []Check{echoedBinary(append(text("é"), floatsData...), binaryWords, integers, binaryFloats)}},
		{Name: "request_after_outputs", Needs: REST, Request: mixed(toEcho, `{"outputs":[{"name":"words"},{"name":"integers","parameters":{"binary_data":false}}],`+three+`,`+allBinary+`}`, floatsData, wordsData),
			Want: []Check{echoedBinary(text("é"), binaryWords, integers)}},
		{Name: "no_rows", Request: mixed(toDouble, `{`+allBinary+`,"inputs":[{"name":"input","datatype":"FP32","shape":[0,3],"parameters":{"binary_data_size":0}}]}`),
			Want: []Check{inBytes(strings.NewReplacer("[1,3]", "[0,3]", "12", "0").Replace(binaryOutput), nil)}},
		{Name: "not_finite", Request: post("/v2/models/not-finite/infer", `{`+allBinary+`,"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}`), Want: []Check{status(200)}},
		{Name: "gzip_request", Needs: REST, Request: zipped(mixed(toDouble, json, in)), Want: []Check{goodAnswer}},

		{Name: "raw", Needs: REST, Request: lying("0", mixed(toDouble, "", in)), Want: []Check{inBytes(binaryOutput, out)}},
		{Name: "raw_two_rows", Needs: REST, Request: lying("0", mixed(toDouble, "", in, in)), Want: []Check{inBytes(strings.NewReplacer("[1,3]", "[2,3]", "12", "24").Replace(binaryOutput), append(le([]float32{2, 5, -6}), out...))}},
		no("raw_part_of_a_row", REST, lying("0", mixed(toDouble, "", in[:10])), "10 bytes"),
		no("raw_for_several_inputs", REST, lying("0", mixed(toEcho, "", in)), "3"),

		no("header_longer_than_body", REST, lying("1000", mixed(toDouble, json, in)), "1000"),
		no("header_negative", REST, lying("-1", mixed(toDouble, json, in)), "-1"),
		no("header_not_a_number", REST, lying("abc", mixed(toDouble, json, in)), "abc"),
		no("header_too_large_a_number", REST, lying("18446744073709551617", mixed(toDouble, json, in)), "18446744073709551617"),
		no("header_inside_json", REST, lying(strconv.Itoa(len(json)-5), mixed(toDouble, json, in))),
		no("header_inside_data", REST, lying(strconv.Itoa(len(json)+5), mixed(toDouble, json, in))),
		no("no_header", REST, post(toDouble, json+string(in))),
		no("size_unlike_shape", Protocol, mixed(toDouble, `{`+doubleBinary(8)+`}`, in[:8]), "8", "FP32"),
		no("size_larger_than_shape", Protocol, mixed(toDouble, `{`+doubleBinary(16)+`}`, in, in[:4]), "16"),
		no("size_over_rest", REST, mixed(toDouble, json, in[:8]), "8"),
		no("size_under_rest", REST, mixed(toDouble, json, in, in[:2]), "2 bytes"),
		no("size_negative", REST, mixed(toDouble, `{`+doubleBinary(-12)+`}`, in), "-12"),
		no("size_not_whole", REST, mixed(toDouble, `{`+doubleBinary(12.5)+`}`, in), "12.5"),
		no("size_of_text", REST, mixed(toDouble, `{`+doubleBinary(`"12"`)+`}`, in), "binary_data_size"),
		no("size_overflows", REST, mixed(toDouble, `{`+doubleBinary("9223372036854775807")+`}`, in)),
		no("shape_overflows", Protocol, mixed(toDouble, `{"inputs":[{"name":"input","datatype":"FP32","shape":[6148914691236517206,3],"parameters":{"binary_data_size":8}}]}`, in[:8]), "shape"),
		no("data_and_size", REST, mixed(toDouble, `{"inputs":[{`+whole+`,"parameters":{"binary_data_size":12}}]}`, in), "binary_data_size"),
		no("bytes_length_past_end", Protocol, echoBinary("BYTES", 1, append(le(uint32(100)), "abc"...)), "100"),
		no("bytes_length_4_gib", Protocol, echoBinary("BYTES", 1, le(uint32(math.MaxUint32))), "4294967295"),
		no("bytes_left_over", Protocol, echoBinary("BYTES", 1, append(text("ab"), 'c')), "1 bytes"),
		no("bytes_too_few", Protocol, echoBinary("BYTES", 2, text("abcdef"))),
		no("bool_2", Protocol, echoBinary("BOOL", 2, []byte{1, 2}), "element 1", "2"),

		{Name: "one_byte_chunks", Needs: Chunks, Request: chunked(mixed(toDouble, json, in), 1), Want: []Check{goodAnswer}},
		{Name: "65537_chunks", Needs: Chunks, Request: chunked(post(toDouble, padded(65537)), 1), Want: []Check{goodAnswer}},
		{Name: "more_than_65537_binary_chunks", Needs: Chunks, Request: chunked(long, 1), Want: []Check{goodAnswer}},
	}
	for _, d := range []struct {
		datatype string
		n        int
		data     []byte
	}{
		{"BOOL", 2, []byte{0, 1}},
		{"UINT8", 2, []byte{0, 255}}, {"UINT16", 2, le([]uint16{0, math.MaxUint16})},
		{"UINT32", 2, le([]uint32{0, math.MaxUint32})}, {"UINT64", 2, le([]uint64{0, math.MaxUint64})},
		{"INT8", 2, le([]int8{math.MinInt8, math.MaxInt8})}, {"INT16", 2, le([]int16{math.MinInt16, math.MaxInt16})},
		{"INT32", 2, le([]int32{math.MinInt32, math.MaxInt32})}, {"INT64", 2, le([]int64{math.MinInt64, math.MaxInt64})},
		{"FP16", 4, le([]uint16{0x7bff, 0x8000, 0x0001, 0x7e01})}, {"BF16", 4, le([]uint16{0x7f7f, 0x8000, 0x0001, 0x7fc1})},
		{"FP32", 5, le([]uint32{0x7f7fffff, 0x80000000, 1, 0x7fc00001, 0xff800000})},
		{"FP64", 5, le([]uint64{0x7fefffffffffffff, 1 << 63, 1, 0x7ff8000000000001, 0xfff0000000000000})},
		{"BYTES", 3, text("", "\x00\xff", strings.Repeat("é", 300))},
	} {
		answer := fmt.Sprintf(`{"model_name":"echo-%s","model_version":"1","outputs":[{"name":"x","datatype":%q,"shape":[%d],"parameters":{"binary_data_size":%d}}]}`, d.datatype, d.datatype, d.n, len(d.data))
		cases = append(cases, Case{Name: "datatype_" + d.datatype, Request: echoBinary(d.datatype, d.n, d.data), Want: []Check{inBytes(answer, d.data)}})
	}
	return cases
}

// echoBinary is a request to the model echo-… of a type, with bytes in and out.
func echoBinary(datatype string, n int, data []byte) Request {
	json := fmt.Sprintf(`{%s,"inputs":[{"name":"x","datatype":%q,"shape":[%d],"parameters":{"binary_data_size":%d}}]}`, allBinary, datatype, n, len(data))
	return mixed("/v2/models/echo-"+datatype+"/infer", json, data)
}

// zipped compresses the body of a request.
func zipped(r Request) Request {
	r.Body = []byte(packed(string(r.Body)))
	r.Header["Content-Encoding"] = "gzip"
	return r
}

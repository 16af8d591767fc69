package oip

import (
	"fmt"
	"strings"
	"testing"
)

// with returns a request whose only input has these members.
func with(members string) string { return `{"inputs":[{` + members + `}]}` }

// typed returns a request whose only input, x, has that type, shape and data.
func typed(datatype, shape, data string) string {
	return with(fmt.Sprintf(`"name":"x","datatype":%q,"shape":%s,"data":%s`, datatype, shape, data))
}

// sized returns a request whose only input, x, has binary data, and the length of
// its JSON.
func sized(datatype, shape, size, data string) (string, int) {
	json := with(fmt.Sprintf(`"name":"x","datatype":%q,"shape":%s,"parameters":{"binary_data_size":%s}`, datatype, shape, size))
	return json + data, len(json)
}

const good = `"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]`

// refused are requests of JSON alone. Where the model matters it wants x, FP32 of
// shape [-1 2].
var refused = []struct {
	id, body, reason, message string
	anyInputs                 bool // the model takes any
}{
	{"empty_body", "", "json", "JSON ends at byte 0, want an object for the request", false},
	{"no_object", "[1]", "json", "JSON at byte 0: got a list, want an object for the request", false},
	{"truncated", `{"inputs":[{"name":"x","data":[1,`, "json", `input "x": JSON ends at byte 33, want the end of data`, false},
	{"truncated_data", `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2`, "json", `input "x", element 1: JSON ends at byte 66, want , or ]`, false},
	{"trailing_garbage", with(good) + "x", "json", `got "x", want the end`, false},
	{"trailing_brace", with(good) + "}", "json", "want the end", false},
	{"not_utf8", with(`"name":"` + "\xff" + `"`), "json", "JSON is not valid UTF-8", false},
	{"lone_surrogate", with(`"name":"\ud800"`), "json", "JSON at byte 20: invalid escape", false},
	{"control_character", with(`"name":"` + "\n" + `"`), "json", "control character 0xa in a string", false},
	{"missing_inputs", `{"id":"1"}`, "input", "the request has no inputs", false},
	{"empty_inputs", `{"inputs":[]}`, "input", `no input "x"`, false},
	{"null_inputs", `{"inputs":null}`, "input", `got "null", want a list of inputs`, false},
	{"missing_name", with(`"datatype":"FP32","shape":[1,2],"data":[1,2]`), "input", "input 0: has no name", false},
	{"missing_shape", with(`"name":"x","datatype":"FP32","data":[1,2]`), "input", `input "x": has no shape`, false},
	{"missing_datatype", with(`"name":"x","shape":[1,2],"data":[1,2]`), "input", `input "x": has no datatype`, false},
	{"missing_data", with(`"name":"x","shape":[1,2],"datatype":"FP32"`), "input", `input "x": has neither data nor binary_data_size`, false},
	{"wrong_datatype", typed("FP64", "[1,2]", "[1,2]"), "datatype", `input "x": got datatype FP64, want FP32`, false},
	{"unknown_datatype", typed("INT322", "[1,2]", "[1,2]"), "datatype", `input "x": unknown datatype "INT322"`, true},
	{"lower_case_datatype", typed("fp32", "[1,2]", "[1,2]"), "datatype", `unknown datatype "fp32"`, true},
	{"case_of_keys", with(`"Name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]`), "input", "has no name", false},
	{"wrong_shape", typed("FP32", "[1,3]", "[1,2,3]"), "shape", `input "x": got shape [1 3], want [-1 2]`, false},
	{"wrong_rank", typed("FP32", "[2]", "[1,2]"), "shape", "got shape [2], want [-1 2]", false},
	{"too_few_elements", typed("FP32", "[2,2]", "[1.5,2.5,3.5]"), "shape", `input "x": data have 3 elements, want the 4 of shape [2 2]`, false},
	{"too_many_elements", typed("FP32", "[1,2]", "[1,2,3]"), "shape", `input "x", element 2: data have more elements than the 2 of shape [1 2]`, false},
	{"huge_shape", typed("FP32", "[1000000000,2]", "[1,2]"), "shape", "data have fewer elements than the 2000000000 of shape", false},
	{"ragged_nesting", typed("FP32", "[2,2]", "[[1,2],[3]]"), "shape", `data are ragged: a list of 1 where others have 2`, false},
	{"ragged_depth", typed("FP32", "[2,2]", "[[1,2],3,4]"), "shape", "data are ragged: an element at depth 1, want a list", false},
	{"ragged_deeper", typed("FP32", "[1,2]", "[1,[2]]"), "shape", "data are ragged: a list at depth 1, where others have elements", false},
	{"ragged_empty", typed("FP32", "[0]", "[[],[[]]]"), "shape", "data are ragged", true},
	{"other_nesting", typed("FP32", "[3,2]", "[[1,2,3],[4,5,6]]"), "shape", "data are nested as [2 3], want [3 2] or flat", false},
	{"negative_size", typed("FP32", "[-1,2]", "[1,2]"), "shape", "size -1 in the shape, want an integer from 0", false},
	{"fractional_size", typed("FP32", "[1.0,2]", "[1,2]"), "shape", "size 1.0 in the shape", false},
	{"overflowing_size", typed("FP32", "[18446744073709551617,2]", "[1,2]"), "shape", "size 18446744073709551617 in the shape", false},
	{"overflowing_shape", typed("FP32", "[9000000000000000,2]", "[1,2]"), "shape", "", false},
	{"string_size", typed("FP32", `["1",2]`, "[1,2]"), "shape", "got a string, want a size of the shape", false},
	{"unknown_input", `{"inputs":[{` + good + `},{"name":"y","data":[1]}]}`, "input", `the model has no input "y"`, false},
	{"duplicate_input", `{"inputs":[{` + good + `},{` + good + `}]}`, "input", `input "x": given twice`, false},
	{"duplicate_input_any", `{"inputs":[{` + good + `},{` + good + `}]}`, "input", `input "x": given twice`, true},
	{"duplicate_output", with(good)[:len(with(good))-1] + `,"outputs":[{"name":"y"},{"name":"y"}]}`, "output", `output "y": asked for twice`, false},
	{"output_without_name", with(good)[:len(with(good))-1] + `,"outputs":[{}]}`, "output", "output 0: has no name", false},
	{"fp16_in_json", typed("FP16", "[1]", "[1]"), "datatype", "FP16 has no form in JSON, want the binary extension", true},
	{"bf16_in_json", typed("BF16", "[1]", "[1]"), "datatype", "BF16 has no form in JSON, want the binary extension", true},
	{"string_in_fp32", typed("FP32", "[1,2]", `[1,"2"]`), "data", `input "x", element 1: JSON at byte 65: got a string, want a number`, false},
	{"bool_in_fp32", typed("FP32", "[1,2]", `[1,true]`), "data", `got "true", want a number`, false},
	{"null_in_fp32", typed("FP32", "[1,2]", `[1,null]`), "data", `got "null", want a number`, false},
	{"number_in_bool", typed("BOOL", "[1]", `[1]`), "data", `got "1", want true or false`, true},
	{"number_in_bytes", typed("BYTES", "[1]", `[1]`), "data", `want a string`, true},
	{"data_not_a_list", typed("FP32", "[]", `1`), "data", `got "1", want a list of data`, true},
	{"300_in_uint8", typed("UINT8", "[2]", "[1,300]"), "data", `input "x", element 1: 300 is out of range for UINT8`, true},
	{"-1_in_uint64", typed("UINT64", "[1]", "[-1]"), "data", "-1 is out of range for UINT64", true},
	{"2^64_in_uint64", typed("UINT64", "[1]", "[18446744073709551616]"), "data", "is out of range for UINT64", true},
	{"2^63_in_int64", typed("INT64", "[1]", "[9223372036854775808]"), "data", "is out of range for INT64", true},
	{"-129_in_int8", typed("INT8", "[1]", "[-129]"), "data", "-129 is out of range for INT8", true},
	{"fraction_in_int32", typed("INT32", "[1]", "[1.5]"), "data", "got 1.5, want an integer for INT32", true},
	{"exponent_in_int32", typed("INT32", "[1]", "[1e2]"), "data", "got 1e2, want an integer for INT32", true},
	{"1e400", typed("FP64", "[1]", "[1e400]"), "data", "1e400 is out of range for FP64", true},
	{"1e39_in_fp32", typed("FP32", "[1]", "[1e39]"), "data", "1e39 is out of range for FP32", true},
	{"nan_literal", typed("FP32", "[1]", "[NaN]"), "data", `got "NaN", want a number; JSON has no NaN and no infinity, the binary extension has`, true},
	{"infinity_literal", typed("FP32", "[1]", "[-Infinity]"), "data", `got "-Infinity", want a number; JSON has no NaN`, true},
	{"leading_zero", typed("FP32", "[1]", "[01]"), "data", `got "01", want a number`, true},
	{"plus", typed("FP32", "[1]", "[+1]"), "data", `got "+1", want a number`, true},
	{"bare_point", typed("FP32", "[1]", "[1.]"), "data", `got "1.", want a number`, true},
	{"bare_exponent", typed("FP32", "[1]", "[1e]"), "data", `got "1e", want a number`, true},
	{"hexadecimal", typed("FP32", "[1]", "[0x1]"), "json", `got "x1", want , or ]`, true},
	{"comma_at_the_end", typed("FP32", "[1]", "[1,]"), "shape", "more elements", true},
	{"duplicate_key", `{"id":"1","id":"1"}`, "json", `key "id" for the second time`, false},
	{"duplicate_key_escaped", `{"id":"1","\u0069d":"1"}`, "json", `key "id" for the second time`, false},
	{"duplicate_key_of_input", with(good + `,"data":[1,2]`), "json", `input "x": JSON at byte 75: key "data" for the second time`, false},
	{"duplicate_parameter", `{"parameters":{"a":1,"a":2}}`, "json", `key "a" for the second time`, false},
	{"duplicate_binary_data_output", `{"parameters":{"binary_data_output":true,"binary_data_output":true}}`, "json", "for the second time", false},
	{"depth_101_data", typed("FP32", "[1,2]", strings.Repeat("[", 98)+"1,2"+strings.Repeat("]", 98)), "limit", "is nested more than 100 deep", false},
	{"depth_101_unknown", `{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "limit", "is nested more than 100 deep", false},
	{"parameter_list", `{"parameters":{"a":[1]}}`, "parameters", "got a list, want a string, number or boolean as a parameter", false},
	{"parameter_object", `{"parameters":{"a":{}}}`, "parameters", "got an object", false},
	{"parameter_1e400", `{"parameters":{"a":1e400}}`, "parameters", "out of range for a parameter", false},
	{"parameters_list", `{"parameters":[]}`, "parameters", "got a list, want an object for parameters", false},
	{"binary_data_output_number", `{"parameters":{"binary_data_output":1}}`, "parameters", `got "1", want true or false`, false},
	{"id_number", `{"id":1}`, "json", `got "1", want a string for id`, false},
	{"name_number", with(`"name":1`), "input", `got "1", want a string for name`, false},
	{"long_id", `{"id":"` + strings.Repeat("x", 1<<16+1) + `"}`, "limit", "id has 65537 bytes, want at most 65536", false},
	{"many_axes", typed("FP32", "["+strings.Repeat("1,", 16)+"1]", "[1]"), "limit", "more than 16 sizes", true},
	{"binary_without_header", with(`"name":"x","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}`), "binary", "binary_data_size is 8, but only 0 bytes follow", false},
	{"binary_data_size_string", with(`"name":"x","parameters":{"binary_data_size":"8"}`), "parameters", "want an integer for binary_data_size", false},
	{"binary_data_size_negative", with(`"name":"x","parameters":{"binary_data_size":-8}`), "binary", "binary_data_size is -8", false},
}

func TestRefused(t *testing.T) {
	want := []Port{{"x", FP32, []int{-1, 2}}}
	for _, c := range refused {
		t.Run("refused/"+c.id, func(t *testing.T) {
			ports := want
			if c.anyInputs {
				ports = nil
			}
			_, err := DecodeRequest([]byte(c.body), -1, ports, Limits{})
			e := isInvalid(t, err)
			if e.Reason != c.reason || !strings.Contains(e.Error(), c.message) {
				t.Errorf("%s: %v\nwant %s: %s", e.Reason, e, c.reason, c.message)
			}
		})
	}
}

// What the binary extension can say wrong.
func TestRefusedBinary(t *testing.T) {
	want := []Port{{"x", FP32, []int{-1, 2}}}
	body, header := sized("FP32", "[1,2]", "8", "12345678")
	for _, c := range []struct {
		id      string
		body    string
		header  int
		want    []Port
		message string
	}{
		{"header_past_body", body, len(body) + 1, want, "want 0 to"},
		{"header_negative", body, -2, want, "Inference-Header-Content-Length is -2"},
		{"header_inside_json", body, header - 1, want, "JSON ends at byte"},
		{"header_missing", body, -1, want, "want the end"},
		{"header_into_data", body, header + 1, want, "want the end"},
		{"raw_two_inputs", "12345678", 0, append(want, Port{"y", FP32, []int{1}}), "for models with one input; this one has 2"},
		{"raw_any", "12345678", 0, nil, "for models with one input; this one has 0"},
		{"raw_size", "1234567", 0, want, "7 bytes of data, want 2 elements of FP32 for shape [1 2]"},
		{"raw_two_free", "12345678", 0, []Port{{"x", FP32, []int{2, -1, -1}}}, "does not follow from the length"},
		{"raw_bytes", "12345678", 0, []Port{{"x", BYTES, []int{2}}}, "makes the body one element"},
	} {
		t.Run("binary/"+c.id, func(t *testing.T) {
			_, err := DecodeRequest([]byte(c.body), c.header, c.want, Limits{})
			if e := isInvalid(t, err); !strings.Contains(e.Error(), c.message) {
				t.Errorf("%v, want %s", e, c.message)
			}
		})
	}
	for _, c := range []struct{ id, datatype, shape, size, data, message string }{
		{"size_not_shape", "FP32", "[1,2]", "7", "1234567", "7 bytes of data, want 2 elements of FP32 for shape [1 2]"},
		{"size_beyond_body", "FP32", "[1,2]", "8", "1234", "binary_data_size is 8, but only 4 bytes follow"},
		{"size_below_rest", "FP32", "[1,2]", "8", "123456789", "1 bytes follow the last tensor"},
		{"size_overflow", "FP32", "[1,2]", "9223372036854775807", "1234", "but only 4 bytes follow"},
		{"bytes_length_past_end", "BYTES", "[1]", "5", "\x02\x00\x00\x001", `element 0: has length 2, but only 1 bytes are left`},
		{"bytes_length_max", "BYTES", "[1]", "5", "\xff\xff\xff\xff1", "has length 4294967295"},
		{"bytes_length_short", "BYTES", "[1]", "6", "\x01\x00\x00\x0012", "1 bytes follow the last element"},
		{"bytes_no_length", "BYTES", "[2]", "9", "\x03\x00\x00\x0012345", "2 bytes are left, want the 4 of a length"},
		{"bytes_too_many", "BYTES", "[3]", "8", "\x00\x00\x00\x00\x00\x00\x00\x00", "8 bytes of data, want 3 elements"},
		{"bool_byte_2", "BOOL", "[2]", "2", "\x01\x02", `input "x", element 1: a BOOL is byte 2, want 0 or 1`},
	} {
		t.Run("binary/"+c.id, func(t *testing.T) {
			body, header := sized(c.datatype, c.shape, c.size, c.data)
			_, err := DecodeRequest([]byte(body), header, nil, Limits{})
			if e := isInvalid(t, err); !strings.Contains(e.Error(), c.message) {
				t.Errorf("%v, want %s", e, c.message)
			}
		})
	}
}

func TestParseHeader(t *testing.T) {
	for value, want := range map[string]int{"": -1, "0": 0, "117": 117} {
		if n, err := ParseHeader(value); n != want || err != nil {
			t.Errorf("ParseHeader(%q) = %d, %v; want %d", value, n, err, want)
		}
	}
	for _, value := range []string{"-1", "+1", " 1", "abc", "0x1", "1.0", "99999999999999999999"} {
		_, err := ParseHeader(value)
		isInvalid(t, err)
	}
}

func TestLimits(t *testing.T) {
	three := `{"inputs":[{"name":"a","datatype":"INT8","shape":[3],"data":[1,2,3]},{"name":"b","datatype":"INT8","shape":[0],"data":[]}],` +
		`"outputs":[{"name":"c"},{"name":"d"}],"parameters":{"e":1,"f":2}}`
	for _, l := range []Limits{{}, {Depth: 4, Inputs: 2, Outputs: 2, Rank: 1, Elements: 3, String: 1, Parameters: 2}} {
		if _, err := DecodeRequest([]byte(three), -1, nil, l); err != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
	for _, c := range []struct {
		limits  Limits
		message string
	}{
		{Limits{Depth: 3}, "nested more than 3 deep"},
		{Limits{Inputs: 1}, "more than 1 inputs"},
		{Limits{Outputs: 1}, "more than 1 outputs"},
		{Limits{Elements: 2}, "more than 2 elements"},
		{Limits{Parameters: 1}, "more than 1 parameters"},
	} {
		_, err := DecodeRequest([]byte(three), -1, nil, c.limits)
		if e := isInvalid(t, err); e.Reason != "limit" || !strings.Contains(e.Error(), c.message) || (e.Status == 413) != (c.limits.Elements > 0) {
			t.Errorf("%+v: %d %s: %v, want %s", c.limits, e.Status, e.Reason, e, c.message)
		}
	}
}

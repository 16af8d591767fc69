package suite

import (
	"fmt"
	"strings"
)

// one is a request to the model double whose only input has the given members.
func one(members string) Request { return post(toDouble, `{"inputs":[{`+members+`}]}`) }

const (
	named = `"name":"input","datatype":"FP32",`
	sized = named + `"shape":[1,3],`
	whole = sized + `"data":[1,2,3]`
)

// padded is a body that is a good request and white space up to n bytes.
func padded(n int) string {
	return string(good.Body) + strings.Repeat(" ", n-len(good.Body))
}

// no is a case that is refused with status 400.
func no(name string, needs Reach, r Request, words ...string) Case {
	return Case{Name: name, Needs: needs, Request: r, Want: []Check{refused(400, words...)}}
}

// refusals are requests that must be refused, with a message that names the place.
var refusals = []Case{
	no("missing_inputs", Protocol, post(toDouble, `{}`), "input"),
	no("empty_inputs", Protocol, post(toDouble, `{"inputs":[]}`), "input"),
	no("missing_name", REST, one(`"datatype":"FP32","shape":[1,3],"data":[1,2,3]`), "name"),
	no("missing_shape", REST, one(named+`"data":[1,2,3]`), "shape"),
	no("missing_datatype", REST, one(`"name":"input","shape":[1,3],"data":[1,2,3]`), "datatype"),
	no("missing_data", REST, one(`"name":"input","datatype":"FP32","shape":[1,3]`), "data"),
	no("null_data", REST, one(sized+`"data":null`), "data"),
	no("missing_input", Protocol, post(toEcho, `{"inputs":[`+floats+`,`+words+`]}`), "integers"),
	no("wrong_datatype", Protocol, one(`"name":"input","datatype":"INT32","shape":[1,3],"data":[1,2,3]`), "INT32", "FP32"),
	no("unknown_datatype", Protocol, one(`"name":"input","datatype":"FP31","shape":[1,3],"data":[1,2,3]`), "FP31"),
	no("lower_case_datatype", REST, one(`"name":"input","datatype":"fp32","shape":[1,3],"data":[1,2,3]`), "fp32"),
	no("too_few_elements", Protocol, one(sized+`"data":[1,2]`), "2", "3"),
	no("too_many_elements", Protocol, one(sized+`"data":[1,2,3,4]`), "3"),
	no("wrong_dimension", Protocol, one(named+`"shape":[1,4],"data":[1,2,3,4]`), "4", "3"),
	no("wrong_rank", Protocol, one(named+`"shape":[3],"data":[1,2,3]`), "shape"),
	no("ragged_nesting", REST, one(named+`"shape":[2,3],"data":[[1,2,3,4],[5,6]]`), "input"),
	no("ragged_depth", REST, one(named+`"shape":[2,3],"data":[[1,2,3],4,5,6]`), "input"),
	no("nested_otherwise", REST, one(named+`"shape":[2,3],"data":[[1,2],[3,4],[5,6]]`), "input"),
	no("negative_dimension", Protocol, one(named+`"shape":[-1,3],"data":[1,2,3]`), "-1"),
	no("two_negative_dimensions", Protocol, one(named+`"shape":[-1,-3],"data":[1,2,3]`), "-1"),
	no("fractional_dimension", REST, one(named+`"shape":[1.5,2],"data":[1,2,3]`), "1.5"),
	no("overflowing_dimension", REST, one(named+`"shape":[18446744073709551617,3],"data":[1,2,3]`), "shape"),
	no("overflowing_product", Protocol, one(named+`"shape":[6148914691236517206,3],"data":[1,2]`), "shape"),
	no("huge_shape", Protocol, one(named+`"shape":[1000000000,3],"data":[1,2,3]`), "shape"),
	no("shape_of_text", REST, one(named+`"shape":"1,3","data":[1,2,3]`), "shape"),
	no("unknown_input", Protocol, one(`"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,3]`), "x"),
	no("further_input", Protocol, post(toDouble, `{"inputs":[{`+whole+`},{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}`), "x"),
	no("duplicate_input", Protocol, post(toDouble, `{"inputs":[{`+whole+`},{`+whole+`}]}`), "twice"),
	no("unknown_output", Protocol, post(toDouble, `{"inputs":[{`+whole+`}],"outputs":[{"name":"x"}]}`), "x"),
	no("duplicate_output", Protocol, post(toDouble, `{"inputs":[{`+whole+`}],"outputs":[{"name":"output"},{"name":"output"}]}`), "output"),
	no("output_without_name", REST, post(toDouble, `{"inputs":[{`+whole+`}],"outputs":[{}]}`), "name"),
	no("fp16_in_json", REST, post("/v2/models/echo-FP16/infer", echoRequest("FP16", 1, "[1]")), "FP16"),
	no("bf16_in_json", REST, post("/v2/models/echo-BF16/infer", echoRequest("BF16", 1, "[1]")), "BF16"),
	no("string_in_fp32", REST, one(sized+`"data":[1,"2",3]`), "element 1"),
	no("boolean_in_fp32", REST, one(sized+`"data":[1,2,true]`), "element 2"),
	no("null_in_fp32", REST, one(sized+`"data":[null,2,3]`), "element 0"),
	no("number_in_bool", REST, post("/v2/models/echo-BOOL/infer", echoRequest("BOOL", 1, "[1]")), "element 0"),
	no("number_in_bytes", REST, post("/v2/models/echo-BYTES/infer", echoRequest("BYTES", 1, "[1]")), "string"),
	no("integer_out_of_range", REST, post("/v2/models/echo-UINT8/infer", echoRequest("UINT8", 2, "[1,300]")), "element 1", "300"),
	no("negative_unsigned", REST, post("/v2/models/echo-UINT64/infer", echoRequest("UINT64", 1, "[-1]")), "-1"),
	no("int64_out_of_range", REST, post("/v2/models/echo-INT64/infer", echoRequest("INT64", 1, "[9223372036854775808]")), "9223372036854775808"),
	no("fraction_in_integer", REST, post("/v2/models/echo-INT32/infer", echoRequest("INT32", 1, "[1.5]")), "1.5"),
	no("fp32_out_of_range", REST, one(sized+`"data":[1,2,3.5e38]`), "element 2"),
	no("1e400_in_fp64", REST, post("/v2/models/echo-FP64/infer", echoRequest("FP64", 1, "[1e400]")), "1e400"),
	no("nan", REST, one(sized+`"data":[1,NaN,3]`), "NaN"),
	no("infinity", REST, one(sized+`"data":[1,-Infinity,3]`), "infinity"),
	no("leading_zero", REST, one(sized+`"data":[01,2,3]`)),
	no("duplicate_key", REST, post(toDouble, `{"inputs":[{`+whole+`}],"inputs":[{`+whole+`}]}`), "inputs"),
	no("duplicate_key_in_input", REST, one(whole+`,"data":[4,5,6]`), "data"),
	no("other_case_of_key", REST, post(toDouble, `{"Inputs":[{`+whole+`}]}`), "inputs"),
	no("depth_101", REST, post(toDouble, `{"x":`+deep(100)+`,"inputs":[{`+whole+`}]}`), "100"),
	no("depth_of_data", REST, one(sized+`"data":`+deep(100000))),
	no("trailing_garbage", REST, post(toDouble, string(good.Body)+"x")),
	no("second_document", REST, post(toDouble, string(good.Body)+"{}")),
	no("trailing_comma", REST, one(sized+`"data":[1,2,3,]`)),
	no("comment", REST, post(toDouble, "/**/"+string(good.Body))),
	no("truncated_json", REST, post(toDouble, string(good.Body[:len(good.Body)-2]))),
	no("truncated_string", REST, post(toDouble, `{"id":"a`)),
	no("empty_body", REST, post(toDouble, "")),
	no("list_for_object", REST, post(toDouble, `[]`)),
	no("null_for_object", REST, post(toDouble, `null`)),
	no("not_json", REST, post(toDouble, "a=1&b=2")),
	no("not_utf8", REST, post(toDouble, "{\"id\":\"\xff\","+input("[1,3]", "[1,2,3]")+"}"), "UTF-8"),
	no("lone_surrogate", REST, post(toDouble, `{"id":"\ud800",`+input("[1,3]", "[1,2,3]")+`}`)),
	no("control_character", REST, post(toDouble, "{\"id\":\"a\nb\","+input("[1,3]", "[1,2,3]")+"}")),
	no("id_of_number", REST, post(toDouble, `{"id":1,`+input("[1,3]", "[1,2,3]")+`}`), "id"),
	no("parameters_as_list", REST, post(toDouble, `{"parameters":[],`+input("[1,3]", "[1,2,3]")+`}`), "parameters"),
	no("parameter_of_list", REST, post(toDouble, `{"parameters":{"a":[]},`+input("[1,3]", "[1,2,3]")+`}`), "parameter"),
	no("parameter_of_object", REST, one(whole+`,"parameters":{"a":{}}`), "parameter"),
	no("binary_data_output_of_number", REST, post(toDouble, `{"parameters":{"binary_data_output":1},`+input("[1,3]", "[1,2,3]")+`}`), "true or false"),
	no("broken_gzip", REST, post(toDouble, string(good.Body), "Content-Encoding", "gzip"), "compressed"),
	no("truncated_gzip", REST, post(toDouble, packed(string(good.Body))[:40], "Content-Encoding", "gzip")),
	no("broken_deflate", REST, post(toDouble, string(good.Body), "Content-Encoding", "deflate"), "compressed"),

	{Name: "unknown_encoding", Needs: REST, Request: post(toDouble, string(good.Body), "Content-Encoding", "br"), Want: []Check{refused(415, "br", "gzip")}},
	{Name: "picture_for_infer", Needs: REST, Request: post(toDouble, picture(2, 2), "Content-Type", "image/png"), Want: []Check{refused(415, "classify")}},
	{Name: "body_as_large_as_can_be", Needs: REST, Request: post(toDouble, padded(maxBody)), Want: []Check{goodAnswer}},
	{Name: "body_over_limit", Needs: REST, Request: post(toDouble, padded(maxBody+1)), Want: []Check{refused(413, fmt.Sprint(maxBody))}},
	{Name: "chunked_body_over_limit", Needs: REST, Request: chunked(post(toDouble, padded(maxBody+1)), 1<<16), Want: []Check{refused(413, fmt.Sprint(maxBody))}},
	{Name: "gzip_body_over_limit", Needs: REST, Request: post(toDouble, packed(padded(64*maxBody)), "Content-Encoding", "gzip"), Want: []Check{refused(413, fmt.Sprint(maxBody))}},
	{Name: "from_another_site", Needs: REST, Request: post(toDouble, string(good.Body), "Sec-Fetch-Site", "cross-site"), Want: []Check{refused(403)}},

	{Name: "refused_by_model", Request: fail("refuse"), Want: []Check{refused(400, "the model knows no such word")}},
	{Name: "failure_of_model", Request: fail("error"), Want: []Check{refused(500), secret("secret")}},
	{Name: "panic_of_model", Request: fail("panic"), Want: []Check{refused(500), secret("told")}},
	{Name: "model_without_outputs", Request: fail("outputs"), Want: []Check{refused(500)}},
	{Name: "nan_in_json_answer", Needs: REST, Request: post("/v2/models/not-finite/infer", echoRequest("FP32", 1, "[1]")), Want: []Check{refused(500, "NaN", "binary")}},
}

// fail tells the model failing how to fail.
func fail(how string) Request {
	return post("/v2/models/failing/infer", echoRequest("BYTES", 1, `["`+how+`"]`))
}

// secret wants a word not to be told.
func secret(word string) Check {
	return func(r *Response) error {
		if strings.Contains(string(r.Body), word) {
			return fmt.Errorf("the answer tells %q, which is not for clients", word)
		}
		return nil
	}
}

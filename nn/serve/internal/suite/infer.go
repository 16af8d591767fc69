package suite

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"strings"
)

// doubled is the answer of the model double.
func doubled(shape, data string, members ...string) Check {
	return answers(fmt.Sprintf(`{"model_name":"double","model_version":"1",%s"outputs":[{"name":"output","datatype":"FP32","shape":%s,"data":%s}]}`,
		strings.Join(append(members, ""), ","), shape, data))
}

// input is the input of the model double.
func input(shape, data string) string {
	return fmt.Sprintf(`"inputs":[{"name":"input","datatype":"FP32","shape":%s,"data":%s}]`, shape, data)
}

// ones returns a list of n times 1, or another number.
func ones(n int, value string) string { return "[" + strings.Repeat(value+",", n-1) + value + "]" }

const (
	toEcho = "/v2/models/echo/infer"

	floats   = `{"name":"floats","datatype":"FP32","shape":[1,2],"data":[0.5,-1]}`
	integers = `{"name":"integers","datatype":"INT64","shape":[2],"data":[9007199254740993,-1]}`
	words    = `{"name":"words","datatype":"BYTES","shape":[1],"data":["é"]}`
)

func echoed(outputs ...string) Check {
	return answers(`{"model_name":"echo","model_version":"1","outputs":[` + strings.Join(outputs, ",") + `]}`)
}

// infer are requests that must be answered. What the protocol leaves open is so: a
// request without an id, or with an empty one, gets none; an empty list of outputs
// asks for all; unknown members are passed over; an output without a version
// in the path names the one that answered.
var infer = []Case{
	{Name: "flat_data", Request: post(toDouble, `{`+input("[2,3]", "[1,2,3,4,5,6]")+`}`), Want: []Check{doubled("[2,3]", "[2,4,6,8,10,12]")}},
	{Name: "nested_data", Request: post(toDouble, `{`+input("[2,3]", "[[1,2,3],[4,5,6]]")+`}`), Want: []Check{doubled("[2,3]", "[2,4,6,8,10,12]")}},
	{Name: "integers_for_fp32", Request: post(toDouble, `{`+input("[1,3]", "[1,-2,0]")+`}`), Want: []Check{doubled("[1,3]", "[2,-4,0]")}},
	{Name: "numbers_as_json_has_them", Needs: REST, Request: post(toDouble, `{`+input("[1,3]", "[1e1,-2.5E-1,1.0e+0]")+`}`), Want: []Check{doubled("[1,3]", "[20,-0.5,2]")}},
	{Name: "version_in_path", Request: post("/v2/models/double/versions/1/infer", string(good.Body)), Want: []Check{goodAnswer}},
	{Name: "id", Request: post(toDouble, `{"id":"a-1",`+input("[1,3]", "[1,2,3]")+`}`), Want: []Check{doubled("[1,3]", "[2,4,6]", `"id":"a-1"`)}},
	{Name: "id_unicode", Request: post(toDouble, `{"id":"\u00e9😀\ud83d\ude00\"\\\n",`+input("[1,3]", "[1,2,3]")+`}`), Want: []Check{doubled("[1,3]", "[2,4,6]", `"id":"é😀😀\"\\\n"`)}},
	{Name: "id_empty", Request: post(toDouble, `{"id":"",`+input("[1,3]", "[1,2,3]")+`}`), Want: []Check{doubled("[1,3]", "[2,4,6]", `"id":""`)}},
	{Name: "id_absent", Request: post(toDouble, `{`+input("[1,3]", "[1,2,3]")+`}`), Want: []Check{doubled("[1,3]", "[2,4,6]")}},
	{Name: "members_in_any_order", Needs: REST, Request: post(toDouble, `{"inputs":[{"data":[[1,2,3]],"shape":[1,3],"datatype":"FP32","name":"input"}],"id":"b"}`), Want: []Check{doubled("[1,3]", "[2,4,6]", `"id":"b"`)}},
	{Name: "unknown_members", Needs: REST, Request: post(toDouble, `{"extra":{"a":[1,{}]},"inputs":[{"name":"input","datatype":"FP32","shape":[1,3],"data":[1,2,3],"more":null}]}`), Want: []Check{doubled("[1,3]", "[2,4,6]")}},
	{Name: "parameters", Request: post(toDouble, `{"parameters":{"s":"a","n":1,"f":0.5,"b":true},`+input("[1,3]", "[1,2,3]")+`}`), Want: []Check{doubled("[1,3]", "[2,4,6]")}},
	{Name: "depth_100", Needs: REST, Request: post(toDouble, `{"x":`+deep(99)+`,`+input("[1,3]", "[1,2,3]")+`}`), Want: []Check{doubled("[1,3]", "[2,4,6]")}},
	{Name: "white_space", Needs: REST, Request: post(toDouble, " \t\r\n{ \"inputs\" :\n[ { \"name\" : \"input\" , \"datatype\" : \"FP32\" , \"shape\" : [ 1 , 3 ] , \"data\" : [ 1 , 2 , 3 ] } ] }\n"), Want: []Check{doubled("[1,3]", "[2,4,6]")}},

	{Name: "inputs_in_any_order", Request: post(toEcho, `{"inputs":[`+words+`,`+integers+`,`+floats+`]}`), Want: []Check{echoed(floats, integers, words)}},
	{Name: "outputs_asked_for_in_their_order", Request: post(toEcho, `{"inputs":[`+floats+`,`+integers+`,`+words+`],"outputs":[{"name":"words"},{"name":"floats"}]}`), Want: []Check{echoed(words, floats)}},
	{Name: "one_output", Request: post(toEcho, `{"inputs":[`+floats+`,`+integers+`,`+words+`],"outputs":[{"name":"integers"}]}`), Want: []Check{echoed(integers)}},
	{Name: "empty_list_of_outputs", Needs: REST, Request: post(toEcho, `{"inputs":[`+floats+`,`+integers+`,`+words+`],"outputs":[]}`), Want: []Check{echoed(floats, integers, words)}},

	{Name: "no_rows", Request: post(toDouble, `{`+input("[0,3]", "[]")+`}`), Want: []Check{doubled("[0,3]", "[]")}},
	{Name: "a_whole_batch", Request: post(toDouble, `{`+input("[32,3]", ones(96, "1"))+`}`), Want: []Check{doubled("[32,3]", ones(96, "2"))}},
	{Name: "more_than_a_batch", Request: post(toDouble, `{`+input("[100,3]", ones(300, "1"))+`}`), Want: []Check{doubled("[100,3]", ones(300, "2"))}},

	{Name: "gzip_request", Needs: REST, Request: post(toDouble, packed(string(good.Body)), "Content-Encoding", "gzip"), Want: []Check{goodAnswer}},
	{Name: "deflate_request", Needs: REST, Request: post(toDouble, deflated(string(good.Body)), "Content-Encoding", "deflate"), Want: []Check{goodAnswer}},
	{Name: "gzip_response", Needs: REST, Request: post(toDouble, `{`+input("[400,3]", ones(1200, "1"))+`}`, "Accept-Encoding", "gzip"), Want: []Check{header("Vary", "Accept-Encoding"), unpacked(doubled("[400,3]", ones(1200, "2")))}},
	{Name: "no_gzip_unasked", Needs: REST, Request: post(toDouble, `{`+input("[400,3]", ones(1200, "1"))+`}`, "Accept-Encoding", "gzip;q=0"), Want: []Check{header("Content-Encoding", ""), doubled("[400,3]", ones(1200, "2"))}},
	{Name: "content_type_is_not_looked_at", Needs: REST, Request: post(toDouble, string(good.Body), "Content-Type", "text/plain"), Want: []Check{goodAnswer}},
	{Name: "chunked_body", Needs: REST, Request: chunked(good, 10), Want: []Check{goodAnswer}},
}

// datatypes are the types of JSON at their extremes.
func datatypes() []Case {
	var cases []Case
	for _, d := range []struct{ datatype, data string }{
		{"BOOL", `[true,false]`},
		{"UINT8", `[0,255]`}, {"UINT16", `[0,65535]`}, {"UINT32", `[0,4294967295]`}, {"UINT64", `[0,18446744073709551615]`},
		{"INT8", `[-128,127]`}, {"INT16", `[-32768,32767]`}, {"INT32", `[-2147483648,2147483647]`}, {"INT64", `[-9223372036854775808,9223372036854775807]`},
		{"FP32", `[3.4028235e38,-3.4028235e38,1e-45,0.1]`}, {"FP64", `[1.7976931348623157e308,-1.7976931348623157e308,5e-324,0.1]`},
		{"BYTES", `["","\u0000","é😀\"\\","a\u2028b"]`},
	} {
		n := strings.Count(d.data, ",") + 1
		cases = append(cases, Case{
			Name: "datatype_" + d.datatype, Request: post("/v2/models/echo-"+d.datatype+"/infer", echoRequest(d.datatype, n, d.data)),
			Want: []Check{answers(fmt.Sprintf(`{"model_name":"echo-%s","model_version":"1","outputs":[{"name":"x","datatype":%q,"shape":[%d],"data":%s}]}`, d.datatype, d.datatype, n, d.data))},
		})
	}
	return cases
}

// echoRequest is a request to the model echo-… of a type.
func echoRequest(datatype string, n int, data string) string {
	return fmt.Sprintf(`{"inputs":[{"name":"x","datatype":%q,"shape":[%d],"data":%s}]}`, datatype, n, data)
}

// deep returns lists in lists.
func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// chunked returns a request that is sent in chunks.
func chunked(r Request, n int) Request {
	r.Chunk = n
	return r
}

// packed compresses with gzip, deflated with zlib.
func packed(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func deflated(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

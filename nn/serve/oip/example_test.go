package oip_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// A client asks for the classes of two flowers.
func ExampleRequest_Encode() {
	r := oip.Request{ID: "42", Inputs: []oip.Tensor{{
		Name:     "input-0",
		Datatype: oip.FP32,
		Shape:    []int{2, 4},
		Data:     []float32{6.8, 2.8, 4.8, 1.4, 6, 3.4, 4.5, 1.6},
	}}}
	body, _, err := r.Encode(nil)
	fmt.Println(string(body), err)

	r.Inputs[0].Binary = true // as bytes behind the JSON
	body, header, err := r.Encode(nil)
	fmt.Println(oip.Header, header, "of", len(body), err)
	// Output:
	// {"id":"42","inputs":[{"name":"input-0","datatype":"FP32","shape":[2,4],"data":[6.8,2.8,4.8,1.4,6.0,3.4,4.5,1.6]}]} <nil>
	// Inference-Header-Content-Length 110 of 142 <nil>
}

// A server reads a request for a model that takes any number of rows of two.
func ExampleRequest_Decode() {
	model := []oip.Port{{Name: "x", Datatype: oip.FP32, Shape: []int{-1, 2}}}
	var r oip.Request // may be used again
	for _, body := range []string{
		`{"inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [[1, 2], [3, 4.5]]}]}`,
		`{"inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [[1, 2], [3, "4"]]}]}`,
	} {
		if err := r.Decode([]byte(body), -1, model, oip.Limits{}); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(r.Inputs[0].Shape, r.Inputs[0].Data)
	}
	// Output:
	// [2 2] [1 2 3 4.5]
	// oip: input "x", element 3: JSON at byte 84: got a string, want a number
}

// The answer has bytes where the request wants them.
func ExampleResponse_Encode() {
	request := oip.Request{Outputs: []oip.Output{{Name: "class", Binary: false}}}
	answer := oip.Response{Model: "iris", Version: "1", ID: "42", Outputs: []oip.Tensor{
		{Name: "class", Datatype: oip.INT64, Shape: []int{2}, Data: []int64{1, 1}},
	}}
	for i := range answer.Outputs {
		answer.Outputs[i].Binary = request.WantsBinary(answer.Outputs[i].Name)
	}
	body, header, err := answer.Encode(nil)
	fmt.Println(string(body), header, err)
	// Output:
	// {"model_name":"iris","model_version":"1","id":"42","outputs":[{"name":"class","datatype":"INT64","shape":[2],"data":[1,1]}]} -1 <nil>
}

// A client reads an answer.
func ExampleDecodeResponse() {
	header, err := oip.ParseHeader("") // the header is missing
	if err != nil {
		fmt.Println(err)
		return
	}
	body := `{"model_name":"iris","outputs":[{"name":"class","datatype":"INT64","shape":[2],"data":[1,1]}]}`
	r, err := oip.DecodeResponse([]byte(body), header, oip.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Model, r.Outputs[0].Name, r.Outputs[0].Data)
	// Output: iris class [1 1]
}

// A text is asked for.
func ExampleDecodeGenerate() {
	for _, body := range []string{
		`{"text_input":"Once upon","parameters":{"temperature":0.8,"max_tokens":50,"stop":["."]}}`,
		`{"text_input":"Once upon","parameters":{"top_p":2}}`,
	} {
		r, err := oip.DecodeGenerate([]byte(body), oip.Limits{})
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%q, at most %d tokens at %v, seed %v\n", r.Text, r.MaxTokens, r.Temperature, r.Seed)
	}
	// Output:
	// "Once upon", at most 50 tokens at 0.8, seed <nil>
	// oip: JSON at byte 48: got "2", want a number from 0 to 1 for top_p
}

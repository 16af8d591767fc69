package oip_test

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// A server checks what it is sent against what its model wants.
func ExampleDecodeRequest() {
	want := []oip.Port{{Name: "input", Datatype: oip.FP32, Shape: tensor.Shape{-1, 2}}}
	for _, body := range []string{
		`{"inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 2], "data": [1, 2.5]}]}`,
		`{"inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 2], "data": [1, "x"]}]}`,
		`{"inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]}]}`,
	} {
		r, err := oip.DecodeRequest([]byte(body), -1, want, oip.Limits{})
		var e *oip.Error
		if errors.As(err, &e) {
			fmt.Println(e.Status, e.Reason, e)
			continue
		}
		fmt.Println(r.Inputs[0].Shape, r.Inputs[0].Data)
	}
	// Output:
	// [1 2] [1 2.5]
	// 400 data oip: input "input", element 1: JSON at byte 79: got a string, want a number
	// 400 shape oip: input "input": got shape [1 3], want [-1 2]
}

// Inputs that do not come as JSON are checked in the same way.
func ExampleArrange() {
	want := []oip.Port{
		{Name: "photo", Datatype: oip.UINT8, Shape: tensor.Shape{-1, 4}},
		{Name: "weight", Datatype: oip.FP64, Shape: tensor.Shape{-1}},
	}
	inputs := []oip.Tensor{
		{Name: "weight", Datatype: oip.FP64, Shape: tensor.Shape{1}, Data: []float64{70}},
		{Name: "photo", Datatype: oip.UINT8, Shape: tensor.Shape{1, 4}, Data: []uint8{1, 2, 3, 4}},
	}
	in, err := oip.Arrange(inputs, want)
	fmt.Println(in[0].Name, in[1].Name, err)
	_, err = oip.Arrange(inputs[:1], want)
	fmt.Println(err)
	// Output:
	// photo weight <nil>
	// oip: no input "photo"
}

// A model says with a status of HTTP what a client did wrong.
func ExampleErrorf() {
	err := oip.Errorf(400, "range", "input %q: element %d is %v, want at most %d", "age", 0, 1000, 130)
	fmt.Println(err, err.Status, oip.FP64.Size())
	// Output:
	// input "age": element 0 is 1000, want at most 130 400 8
}

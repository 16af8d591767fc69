package rpc

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/nn/serve/internal/inference"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// encode returns an answer as a message, with raw contents if they are wanted or
// some output has no other form. What is wrong with it is a fault of the model.
func encode(res *oip.Response, raw bool) (*inference.ModelInferResponse, error) {
	raw = raw || slices.ContainsFunc(res.Outputs, func(t oip.Tensor) bool { return contentsField(t.Datatype) == 0 })
	m := &inference.ModelInferResponse{
		ModelName: res.Model, ModelVersion: res.Version, Id: res.ID, Parameters: parameters(res.Parameters),
		Outputs: make([]*inference.ModelInferResponse_InferOutputTensor, len(res.Outputs)),
	}
	for i := range res.Outputs {
		t := &res.Outputs[i]
		if n := length(t); n < 0 || n != t.Shape.Size() {
			return nil, fmt.Errorf("rpc: output %q has a %T, which is not %s of shape %v", t.Name, t.Data, t.Datatype, t.Shape)
		}
		out := &inference.ModelInferResponse_InferOutputTensor{
			Name: t.Name, Datatype: string(t.Datatype), Shape: sizes(t.Shape), Parameters: parameters(t.Parameters),
		}
		m.Outputs[i] = out
		if !raw {
			out.Contents = contents(t.Data)
			continue
		}
		b, err := rawOf(t.Data)
		if err != nil {
			return nil, err
		}
		m.RawOutputContents = append(m.RawOutputContents, b)
	}
	return m, nil
}

// length returns the number of elements of a tensor, −1 if they are not of its
// datatype.
func length(t *oip.Tensor) int {
	n, datatype := -1, t.Datatype
	switch data := t.Data.(type) {
	case []bool:
		n, datatype = len(data), oip.BOOL
	case []uint8:
		n, datatype = len(data), oip.UINT8
	case []uint16:
		n = len(data)
		if datatype != oip.FP16 && datatype != oip.BF16 {
			datatype = oip.UINT16
		}
	case []uint32:
		n, datatype = len(data), oip.UINT32
	case []uint64:
		n, datatype = len(data), oip.UINT64
	case []int8:
		n, datatype = len(data), oip.INT8
	case []int16:
		n, datatype = len(data), oip.INT16
	case []int32:
		n, datatype = len(data), oip.INT32
	case []int64:
		n, datatype = len(data), oip.INT64
	case []float32:
		n, datatype = len(data), oip.FP32
	case []float64:
		n, datatype = len(data), oip.FP64
	case [][]byte:
		n, datatype = len(data), oip.BYTES
	}
	if datatype != t.Datatype {
		return -1
	}
	return n
}

// contents returns elements in the field for their type. They are not copied where
// the field is of their type.
func contents(data any) *inference.InferTensorContents {
	c := new(inference.InferTensorContents)
	switch data := data.(type) {
	case []bool:
		c.BoolContents = data
	case []int8:
		c.IntContents = widen[int32](data)
	case []int16:
		c.IntContents = widen[int32](data)
	case []int32:
		c.IntContents = data
	case []int64:
		c.Int64Contents = data
	case []uint8:
		c.UintContents = widen[uint32](data)
	case []uint16:
		c.UintContents = widen[uint32](data)
	case []uint32:
		c.UintContents = data
	case []uint64:
		c.Uint64Contents = data
	case []float32:
		c.Fp32Contents = data
	case []float64:
		c.Fp64Contents = data
	case [][]byte:
		c.BytesContents = data
	}
	return c
}

func widen[W int32 | uint32, T int8 | int16 | uint8 | uint16](data []T) []W {
	wide := make([]W, len(data))
	for i, v := range data {
		wide[i] = W(v)
	}
	return wide
}

// rawOf returns elements as raw contents.
func rawOf(data any) ([]byte, error) {
	switch data := data.(type) {
	case []uint8:
		return data, nil
	case [][]byte:
		size := 0
		for _, v := range data {
			size += 4 + len(v)
		}
		b := make([]byte, 0, size)
		for _, v := range data {
			b = append(le.AppendUint32(b, uint32(len(v))), v...)
		}
		return b, nil
	}
	return binary.Append(make([]byte, 0, binary.Size(data)), le, data)
}

// sizes returns a shape as the protocol has it.
func sizes(shape tensor.Shape) []int64 {
	list := make([]int64, len(shape))
	for i, size := range shape {
		list[i] = int64(size)
	}
	return list
}

// parameters returns parameters as the protocol has them, nil if there are none.
func parameters(list map[string]any) map[string]*inference.InferParameter {
	if len(list) == 0 {
		return nil
	}
	made := make(map[string]*inference.InferParameter, len(list))
	for key, value := range list {
		p := new(inference.InferParameter)
		switch v := value.(type) {
		case bool:
			p.ParameterChoice = &inference.InferParameter_BoolParam{BoolParam: v}
		case int64:
			p.ParameterChoice = &inference.InferParameter_Int64Param{Int64Param: v}
		case string:
			p.ParameterChoice = &inference.InferParameter_StringParam{StringParam: v}
		case float64:
			p.ParameterChoice = &inference.InferParameter_DoubleParam{DoubleParam: v}
		}
		made[key] = p
	}
	return made
}

package rpc

import (
	"bytes"
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/internal/inference"
	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// modelInfer answers a request for inference.
func (x *service) modelInfer(stream grpc.ServerStream) error {
	method := inference.GRPCInferenceService_ModelInfer_FullMethodName
	return x.call(stream.Context(), method, false, func(ctx context.Context, c *serve.Call) error {
		b := new(body)
		if err := receive(ctx, x.s, stream, b); err != nil {
			return err
		}
		if err := c.Hold(int64(len(b.bytes))); err != nil {
			return err
		}
		m, err := parse(b.bytes)
		if err != nil {
			return err
		}
		res, err := c.Infer(ctx, m.model, m.version, m.request)
		if err != nil {
			return err
		}
		answer, err := encode(res, len(m.raw) > 0)
		if err != nil {
			return err
		}
		var message any = answer
		if x.keeper != nil {
			message = &kept{answer, x.keeper, ctx}
			// What is compressed is another buffer, which nobody counts.
			if err := grpc.SetSendCompressor(ctx, encoding.Identity); err != nil {
				return err
			}
		}
		return within(ctx, func() error { return stream.SendMsg(message) })
	})
}

// body is a message that is kept as it came. Decoding it into the generated type
// would take up to 70 times its length, if it is made of empty fields, and copy raw
// contents once more.
type body struct{ bytes []byte }

// ProtoMessage, Reset, String and Unmarshal implement the message that the codec of
// gRPC wants.
func (*body) ProtoMessage()    {}
func (b *body) Reset()         { b.bytes = nil }
func (b *body) String() string { return "a ModelInferRequest" }

// Unmarshal keeps a copy, since the codec uses its memory again.
func (b *body) Unmarshal(message []byte) error {
	b.bytes = bytes.Clone(message)
	return nil
}

// request reads the tensors of a message for a model with the inputs want.
func (m *message) request(want []oip.Port) (*oip.Request, error) {
	inputs, err := m.tensors()
	if err != nil {
		return nil, err
	}
	if inputs, err = oip.Arrange(inputs, want); err != nil {
		return nil, err
	}
	return &oip.Request{ID: m.id, Parameters: m.parameters, Inputs: inputs, Outputs: m.outputs}, nil
}

// tensors reads the tensors of a message, which may stay parts of it.
func (m *message) tensors() ([]oip.Tensor, error) {
	if len(m.raw) > 0 && len(m.raw) != len(m.inputs) {
		return nil, invalid("raw", "rpc: raw_input_contents has %d entries, want one for each of %d inputs", len(m.raw), len(m.inputs))
	}
	list := make([]oip.Tensor, len(m.inputs))
	for i := range m.inputs {
		in := &m.inputs[i]
		n, err := in.elements()
		if err != nil {
			return nil, err
		}
		var values any
		if len(m.raw) > 0 {
			values, err = in.raw(m.raw[i], n)
		} else {
			values, err = in.values(n)
		}
		if err != nil {
			return nil, err
		}
		list[i] = oip.Tensor{Name: in.name, Datatype: in.datatype, Shape: in.shape, Data: values, Parameters: in.parameters}
	}
	return list, nil
}

package grad_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// gain multiplies channels, y = x·w for x [N, C] and w [C], and does what follows in a
// plan as a part of that.
type gain struct{}

func (*gain) Name() string      { return "Gain" }
func (*gain) Needs() grad.Needs { return grad.Needs{In: 0b11} }
func (*gain) Fuses()            {}

func (*gain) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

// Prepack brings the scale into the weights.
func (*gain) Prepack(c *grad.Call) any {
	w := append([]float32(nil), c.InData(1)...)
	if e := c.Epilogue(); e != nil && e.Scale != nil {
		for i, a := range e.Scale {
			w[i] *= a
		}
	}
	return w
}

func (*gain) Forward(c *grad.Call) {
	x, w, y, e := c.InData(0), c.InData(1), c.Out(0).Data(), c.Epilogue()
	if packed, ok := c.Packed().([]float32); ok {
		w = packed
	}
	for i, v := range x {
		y[i] = v * w[i%len(w)]
		if e != nil && e.Shift != nil {
			y[i] += e.Shift[i%len(w)]
		}
	}
	if e != nil {
		fmt.Println("with an epilogue")
		e.Finish(y, 0)
	}
}

func (*gain) Backward(*grad.Call) {}

// standardize is y = 2·x − 1.
type standardize struct{}

func (*standardize) Name() string      { return "Standardize" }
func (*standardize) Needs() grad.Needs { return grad.Needs{} }

func (*standardize) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

func (*standardize) Forward(c *grad.Call) {
	for i, v := range c.InData(0) {
		c.Out(0).Data()[i] = 2*v - 1
	}
}

func (*standardize) Backward(*grad.Call) {}

// ScaleShift implements [grad.ChannelScaler].
func (*standardize) ScaleShift(c *grad.Call) (scale, shift []float32) {
	scale, shift = make([]float32, c.InShape(0)[1]), make([]float32, c.InShape(0)[1])
	for i := range scale {
		scale[i], shift[i] = 2, -1
	}
	return scale, shift
}

// An operation of one's own that does a scale and an activation after it, where a plan
// lets it. Outside of plans each operation works for itself.
func ExampleFuser() {
	w := grad.NewParam(grad.Constant(0.25), 2)
	if err := w.Init(1); err != nil {
		log.Fatal(err)
	}
	in := tensor.New([]float32{1, 2, 3, 4}, 2, 2)
	net := func(t *grad.Tape) (x, y *grad.Var) {
		x = t.Input(in)
		return x, grad.ReLU(grad.Apply(standardize{}, grad.Apply(gain{}, x, t.Use(w))))
	}
	_, y := net(grad.NewTape(grad.Evaluation, 1))
	fmt.Println("alone:", y.Data())

	tape := grad.NewTape(grad.Evaluation|grad.Trace, 1)
	x, y := net(tape)
	p, err := tape.Plan([]*grad.Var{x}, []*grad.Var{y}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	p.In(0).Copy(in)
	if err := p.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("planned:", p.Out(0))
	for _, c := range tape.Calls() {
		if e := c.Epilogue(); e != nil {
			fmt.Println(c.Op().Name(), "with scale", e.Scale, "and an activation:", e.Activate != nil)
		}
	}
	var _ grad.Fuser = (*gain)(nil)
	var _ grad.ChannelScaler = (*standardize)(nil)
	// Output:
	// alone: [[0.  0. ]
	//  [0.5 1. ]]
	// with an epilogue
	// planned: [[0.  0. ]
	//  [0.5 1. ]]
	// Gain with scale [2 2] and an activation: true
}

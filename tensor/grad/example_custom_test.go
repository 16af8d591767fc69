package grad_test

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// extremes returns the smallest and the largest element: an operation with two
// outputs, which keeps integers for Backward.
type extremes struct{}

func (*extremes) Name() string      { return "Extremes" }
func (*extremes) Needs() grad.Needs { return grad.Needs{} }
func (*extremes) Outputs() int      { return 2 }

func (*extremes) Infer(in, out []tensor.Shape) error {
	if in[0].Size() == 0 {
		return fmt.Errorf("input has shape %v, want elements", in[0])
	}
	out[0], out[1] = out[0][:0], out[1][:0]
	return nil
}

func (*extremes) Forward(c *grad.Call) {
	at := c.SaveInts(0, 2)
	x := c.InData(0)
	at[0], at[1] = 0, 0
	for i, v := range x {
		if v < x[at[0]] {
			at[0] = i
		}
		if v > x[at[1]] {
			at[1] = i
		}
	}
	for i := range 2 {
		c.Out(i).Data()[0] = x[at[i]]
	}
}

func (*extremes) Backward(c *grad.Call) {
	if !c.Needed(0) {
		return
	}
	dx, first := c.GradIn(0) // may be a strided view
	if first {
		dx.Fill(0)
	}
	shape := c.InShape(0)
	for i, at := range c.SaveInts(0, 2) {
		if g := c.GradOut(i); g != nil {
			row, column := at/shape[1], at%shape[1]
			dx.Set(dx.At(row, column)+g.Item(), row, column)
		}
	}
}

func ExampleApplyMulti() {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{3, -1, 7, 5}, 2, 2)).RequireGrad()
	y := grad.ApplyMulti(extremes{}, x)
	width := grad.Sub(y[1], y[0])
	if err := width.Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(width.Data(), x.Grad().Data())
	// Output: 8.0 [0 -1 1 0]
}

// noisyMax divides x by the largest absolute value seen so far and, in training,
// adds noise. The buffer of input 1 changes when the step is taken.
type noisyMax struct{ Std float32 }

func (*noisyMax) Name() string      { return "NoisyMax" }
func (*noisyMax) Needs() grad.Needs { return grad.Needs{} }

func (*noisyMax) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

func (op *noisyMax) Forward(c *grad.Call) {
	largest := c.Stage(1)
	x, y := c.InData(0), c.Out(0).Data()
	for _, v := range x {
		if math.IsInf(float64(v), 0) {
			c.Fail(errors.New("an element is infinite"))
			return
		}
		if a := float32(math.Abs(float64(v))); c.Train() && a > largest.Item() {
			largest.Fill(a)
		}
	}
	scale := 1 / largest.Item()
	if c.Recording() {
		c.Save(0, 1)[0] = scale // for Backward
	}
	for i, v := range x {
		y[i] = v * scale
	}
	if c.Train() {
		noise := c.Scratch(len(y)) // until Forward returns
		c.Rand().Normals(noise, 0)
		for i, v := range noise {
			y[i] += op.Std * v
		}
	}
}

func (*noisyMax) Backward(c *grad.Call) {
	dx, first := c.GradIn(0)
	if dx == nil {
		return
	}
	// A header that is kept from step to step need not be allocated.
	g := grad.Work[tensor.Tensor](c).Bind(c.Scratch(dx.Len()), c.OutShape(0))
	tensor.MulScalarTo(g, c.GradOut(0), c.Save(0, 1)[0])
	if !first {
		tensor.AddTo(g, g, dx)
	}
	dx.Copy(g)
}

// An operation with a buffer, randomness and memory of its own.
func ExampleCall() {
	largest := grad.NewBuffer(grad.Constant(1))
	if err := largest.Init(1); err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Training, 1)
	x := tape.Input(tensor.New([]float32{1, -4}, 2)).RequireGrad()
	y := grad.Apply(noisyMax{Std: 0.01}, x, tape.Use(largest))
	if err := grad.Sum(y).Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f %.3f, largest %v", y.Data().Data(), x.Grad().Data(), largest.Value)
	tape.Commit() // as optimizers do
	fmt.Printf(", after the step %v\n", largest.Value)
	tape.Reset()
	x = tape.Input(tensor.Full(float32(math.Inf(1)), 1))
	fmt.Println(grad.Apply(noisyMax{}, x, tape.Use(largest)).Err())
	// Output:
	// [0.254 -0.982] [0.250 0.250], largest 1.0, after the step 4.0
	// grad: NoisyMax: an element is infinite
}

// powers is y = x·w⁸, with a weight that a plan can prepare.
type powers struct{}

func (*powers) Name() string        { return "Powers" }
func (*powers) Needs() grad.Needs   { return grad.Needs{} }
func (*powers) Backward(*grad.Call) {}

func (*powers) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

func (*powers) Prepack(c *grad.Call) any {
	fmt.Println("prepacked once")
	return tensor.PowScalar(c.In(1), 8)
}

func (op *powers) Forward(c *grad.Call) {
	w, ok := c.Packed().(*tensor.Tensor)
	if !ok { // no plan
		w = tensor.PowScalar(c.In(1), 8)
	}
	tensor.MulTo(c.Out(0), c.In(0), w)
}

func ExamplePrepacker() {
	w := grad.NewParam(grad.Constant(2), 1)
	if err := w.Init(1); err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Trace, 1)
	x := tape.Input(tensor.Zeros(3))
	y := grad.Apply(powers{}, x, tape.Use(w))
	plan, err := tape.Plan([]*grad.Var{x}, []*grad.Var{y}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer plan.Close()
	for i := range 2 {
		plan.In(0).Fill(float32(i + 1))
		if err := plan.Run(context.Background()); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(plan.Out(0))
	}
	// Output:
	// prepacked once
	// [256. 256. 256.]
	// [512. 512. 512.]
}

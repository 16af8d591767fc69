package grad_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Initial values depend on the seed and the name of the parameter.
func ExampleNewParam() {
	for _, init := range []grad.Initializer{
		grad.Constant(1), grad.Uniform(0.5), grad.Normal(0.02), grad.FanIn(100), grad.Kaiming(100), grad.Xavier(100, 50),
	} {
		p := grad.NewParam(init, 1000)
		p.Name = "weight"
		if err := p.Init(1); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.3f ± %.3f\n", tensor.Mean(p.Value).Item(), tensor.Std(p.Value, 0).Item())
	}
	// Output:
	// 1.000 ± 0.000
	// 0.010 ± 0.287
	// -0.001 ± 0.020
	// 0.002 ± 0.057
	// -0.004 ± 0.144
	// 0.004 ± 0.115
}

// A buffer is saved with the weights and not trained; a frozen parameter is not
// trained for a while.
func ExampleNewBuffer() {
	mean, weight := grad.NewBuffer(grad.Constant(0), 3), grad.NewParam(grad.Constant(1), 3)
	fmt.Println(mean.Buffer(), mean.Trainable(), weight.Trainable())
	weight.Frozen = true
	fmt.Println(weight.Trainable())
	// Output:
	// true false true
	// false
}

// A snapshot stands in for the values of parameters, which may go on changing.
func ExampleTape_Values() {
	w := grad.NewParam(grad.Constant(2))
	if err := w.Init(1); err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Training, 1)
	tape.Values(map[*grad.Param]*tensor.Tensor{w: tensor.Scalar[float32](5)})
	x := tape.Input(tensor.Scalar[float32](10))
	v := grad.Use(x, w) // on the tape of x, so that layers need no tape
	y := grad.Mul(x, v)
	if err := y.Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(y.Data().Item(), v.Param() == w, tape.ParamGrad(w).Item(), y.Tape() == tape)
	// Output: 50 true 10 true
}

// A container names its parts, which errors then name. Layers report what no
// operation would.
func ExampleTape_Enter() {
	tape := grad.NewTape(grad.Training, 1)
	x := tape.Input(tensor.Zeros(2, 3))
	tape.Enter("Tower", "left")
	y := tape.Fail("Odd", errors.New("3 features, want an even number"))
	tape.Leave()
	fmt.Println(grad.Add(x, y).Err())
	// Output: nn: Tower.left (Odd): 3 features, want an even number
}

// A plan runs a traced computation again, in memory that was laid out for it.
func ExampleTape_Plan() {
	tape := grad.NewTape(grad.Trace, 1)
	x := tape.Input(tensor.Zeros(2, 3))
	h := grad.Softmax(x, 1)
	y := grad.Mean(grad.Log(h), 0)
	plan, err := tape.Plan([]*grad.Var{x}, []*grad.Var{y}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer plan.Close()
	plan.In(0).Copy(tensor.New([]float32{1, 2, 3}, 3))
	if err := plan.Run(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f in %d bytes\n", plan.Out(0).Data(), plan.Bytes())
	// Output: [-2.408 -1.408 -0.408] in 128 bytes
}

// logger is an observer. It prints what is computed and not how long it took, which
// differs from run to run.
type logger struct{}

func (logger) Forward(c *grad.Call, _ time.Duration) {
	outputs, saved := c.Bytes()
	fmt.Printf("%d %s of %d inputs, layer %q: %d and %d bytes\n", c.Index(), c.Op().Name(), len(c.Inputs()), c.Layer(), outputs, saved)
}

func (logger) Backward(c *grad.Call, _ time.Duration) {
	fmt.Printf("%d %s: gradient %v\n", c.Index(), c.Op().Name(), c.GradOut(0))
}

func ExampleTape_Observe() {
	w := grad.NewParam(grad.Constant(1), 1, 2)
	w.Name = "head.weight"
	if err := w.Init(1); err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Training, 1)
	tape.Observe(logger{})
	x := tape.Input(tensor.New([]float32{1, 2}, 1, 2))
	if err := grad.Sum(grad.ReLU(grad.Linear(x, tape.Use(w), nil))).Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(tape.Calls()), "calls, the last with the result", tape.Calls()[2].Outputs()[0].Data())
	// Output:
	// 0 Linear of 3 inputs, layer "head": 4 and 0 bytes
	// 1 ReLU of 1 inputs, layer "": 4 and 0 bytes
	// 2 Sum of 1 inputs, layer "": 4 and 0 bytes
	// 2 Sum: gradient 1.0
	// 1 ReLU: gradient [[1.]]
	// 0 Linear: gradient [[1.]]
	// 3 calls, the last with the result 3.0
}

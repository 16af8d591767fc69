package optim_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// minimise takes steps towards the minimum of (w − 3)².
func minimise(w *grad.Param, opt optim.Optimizer, steps int) error {
	tape := grad.NewTape(grad.Training, 1)
	for range steps {
		loss := grad.Square(grad.AddScalar(tape.Use(w), -3))
		if err := loss.Backward(); err != nil {
			return err
		}
		if err := opt.Step(tape); err != nil {
			return err
		}
		tape.Reset()
	}
	return nil
}

func param(name string, v float32) *grad.Param {
	p := grad.NewParam(grad.Constant(v))
	p.Name = name
	_ = p.Init(1) // a scalar has no shape that could be wrong
	return p
}

func Example() {
	w := param("w", 0)
	if err := minimise(w, optim.NewSGD([]*grad.Param{w}, 0.1), 100); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.3f\n", w.Value.Item())
	// Output: 3.000
}

func ExampleNewSGD() {
	w := param("w", 0)
	opt := optim.NewSGD([]*grad.Param{w}, 0.01, optim.Momentum(0.9), optim.Nesterov, optim.WeightDecay(0.1))
	if err := minimise(w, opt, 500); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.3f, since weight decay pulls towards 0\n", w.Value.Item())
	// Output: 2.857, since weight decay pulls towards 0
}

func ExampleNewAdam() {
	w := param("w", 0)
	if err := minimise(w, optim.NewAdam([]*grad.Param{w}, 0.01), 1); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("The first step is as long as the learning rate: %.3f\n", w.Value.Item())
	// Output: The first step is as long as the learning rate: 0.010
}

func ExampleNewAdamW() {
	w := param("w", 0)
	if err := minimise(w, optim.NewAdamW([]*grad.Param{w}, 0.1), 500); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.1f\n", w.Value.Item())
	// Output: 3.0
}

func ExampleSGD_AddGroup() {
	head, body := param("head", 0), param("body", 0)
	opt := optim.NewSGD([]*grad.Param{head}, 1)
	opt.AddGroup(optim.Group{Params: []*grad.Param{body}, LR: 0.01})

	tape := grad.NewTape(grad.Training, 1)
	if err := grad.Add(tape.Use(head), tape.Use(body)).Backward(); err != nil {
		fmt.Println(err)
	}
	if err := opt.Step(tape); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("head %.2f, body %.2f\n", head.Value.Item(), body.Value.Item())
	// Output: head -1.00, body -0.01
}

// A schedule is a function of the step that sets learning rates.
func ExampleGroup() {
	w := param("w", 0)
	opt := optim.NewSGD([]*grad.Param{w}, 1)
	halve := func(step int) float64 { return 1 / float64(int(1)<<(step/10)) }
	for step := 0; step < 40; step += 10 {
		opt.Groups()[0].LR = halve(step)
		fmt.Println(step, opt.Groups()[0].LR)
	}
	// Output:
	// 0 1
	// 10 0.5
	// 20 0.25
	// 30 0.125
}

// The state of an optimizer goes on in another one.
func ExampleOptimizer() {
	w := param("w", 0)
	var opt optim.Optimizer = optim.NewAdam([]*grad.Param{w}, 0.01)
	if err := minimise(w, opt, 5); err != nil {
		fmt.Println(err)
	}
	state := opt.State()
	fmt.Println(len(state), "entries, step", state["w.step"].(*tensor.Ints).Item())

	again := optim.NewAdam([]*grad.Param{w}, 0.01)
	fmt.Println(again.SetState(state))
	// Output:
	// 3 entries, step 5
	// <nil>
}

package optim_test

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// path prints where the first three steps from 0 towards 3 lead.
func path(opt func(params []*grad.Param) optim.Optimizer) {
	w := param("w", 0)
	o := opt([]*grad.Param{w})
	var at []float32
	for range 3 {
		if err := minimise(w, o, 1); err != nil {
			fmt.Println(err)
		}
		at = append(at, w.Value.Item())
	}
	fmt.Printf("%.4f\n", at)
}

// A tenth of every gradient after the first is left out of the sum.
func ExampleDampening() {
	path(func(p []*grad.Param) optim.Optimizer {
		return optim.NewSGD(p, 0.01, optim.Momentum(0.9))
	})
	path(func(p []*grad.Param) optim.Optimizer {
		return optim.NewSGD(p, 0.01, optim.Momentum(0.9), optim.Dampening(0.1))
	})
	// Output:
	// [0.0600 0.1728 0.3309]
	// [0.0600 0.1669 0.3141]
}

// Without memory of the gradients before, each step of Adam is as long as the
// learning rate.
func ExampleBetas() {
	path(func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, 0.1) })
	path(func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, 0.1, optim.Betas(0, 0)) })
	// Output:
	// [0.1000 0.1999 0.2996]
	// [0.1000 0.2000 0.3000]
}

// An ε as large as the gradient, here −6, halves the step; where gradients are
// smaller, steps become shorter still.
func ExampleEps() {
	w := param("w", 0)
	first(w, optim.NewAdam([]*grad.Param{w}, 0.01, optim.Eps(6)))
	// Output: 0.0050
}

// The mean of squares begins at 0, so the first step is 1/√(1−α) times as long as
// the learning rate.
func ExampleAlpha() {
	w, v := param("w", 0), param("v", 0)
	first(w, optim.NewRMSprop([]*grad.Param{w}, 0.01, optim.Alpha(0.75)))
	first(v, optim.NewRMSprop([]*grad.Param{v}, 0.01, optim.Alpha(0.99)))
	// Output:
	// 0.0200
	// 0.1000
}

// Gradients that agree have a small standard deviation, and so a longer step.
func ExampleCentered() {
	path(func(p []*grad.Param) optim.Optimizer { return optim.NewRMSprop(p, 0.01, optim.Alpha(0.5)) })
	path(func(p []*grad.Param) optim.Optimizer {
		return optim.NewRMSprop(p, 0.01, optim.Alpha(0.5), optim.Centered)
	})
	// Output:
	// [0.0141 0.0257 0.0363]
	// [0.0200 0.0430 0.0731]
}

// With a decay of 1 the rate is 1, 1/2 and 1/3 of its first value.
func ExampleLRDecay() {
	path(func(p []*grad.Param) optim.Optimizer { return optim.NewAdagrad(p, 0.1) })
	path(func(p []*grad.Param) optim.Optimizer { return optim.NewAdagrad(p, 0.1, optim.LRDecay(1)) })
	// Output:
	// [0.1000 0.1695 0.2256]
	// [0.1000 0.1348 0.1536]
}

// The momentum that steps look ahead by grows from β₁/2 to β₁. A large decay
// takes it there at once.
func ExampleMomentumDecay() {
	path(func(p []*grad.Param) optim.Optimizer { return optim.NewNAdam(p, 0.1) })
	path(func(p []*grad.Param) optim.Optimizer { return optim.NewNAdam(p, 0.1, optim.MomentumDecay(1000)) })
	// Output:
	// [0.1056 0.1828 0.2541]
	// [0.1474 0.2617 0.3676]
}

// The root mean square of a step in units of the learning rate, by default and
// matched: then it is near 0.2 for any shape, as steps of AdamW usually are.
func ExampleMatchRMS() {
	for _, shape := range []tensor.Shape{{16, 16}, {16, 256}} {
		for _, opts := range [][]optim.Option{nil, {optim.MatchRMS}} {
			w := grad.NewParam(grad.Constant(0), shape...)
			w.Name, w.Value = "w", tensor.Zeros(shape...)
			opt := optim.NewMuon([]*grad.Param{w}, 1, opts...)
			tape := grad.NewTape(grad.Training, 1)
			g := tape.Const(tensor.Normal(1, 0, 1, shape...))
			if err := grad.Sum(grad.Mul(tape.Use(w), g)).Backward(); err != nil {
				fmt.Println(err)
			}
			if err := opt.Step(tape); err != nil {
				fmt.Println(err)
			}
			rms := float64(tensor.Norm(w.Value).Item()) / math.Sqrt(float64(shape.Size()))
			fmt.Printf("%.2f ", rms)
		}
		fmt.Println(shape)
	}
	// Output:
	// 0.22 0.18 [16 16]
	// 0.05 0.16 [16 256]
}

package optim_test

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// first prints where a first step from 0 towards 3 leads.
func first(w *grad.Param, opt optim.Optimizer) {
	if err := minimise(w, opt, 1); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.4f\n", w.Value.Item())
}

func ExampleNewRMSprop() {
	w := param("w", 0)
	first(w, optim.NewRMSprop([]*grad.Param{w}, 0.01))
	// Output: 0.1000
}

func ExampleNewAdagrad() {
	w := param("w", 0)
	first(w, optim.NewAdagrad([]*grad.Param{w}, 0.01, optim.InitialAccumulator(0.1)))
	// Output: 0.0100
}

func ExampleNewAdamax() {
	w := param("w", 0)
	first(w, optim.NewAdamax([]*grad.Param{w}, 0.002))
	// Output: 0.0020
}

func ExampleNewNAdam() {
	w := param("w", 0)
	first(w, optim.NewNAdam([]*grad.Param{w}, 0.002))
	// Output: 0.0021
}

// As long as the mean square is uncertain, the step grows with the gradient, here
// −6.
func ExampleNewRAdam() {
	w := param("w", 0)
	first(w, optim.NewRAdam([]*grad.Param{w}, 0.001))
	// Output: 0.0060
}

func ExampleNewLion() {
	w := param("w", 0)
	first(w, optim.NewLion([]*grad.Param{w}, 0.0001))
	// Output: 0.0001
}

// The step is a hundredth of the weight.
func ExampleNewLAMB() {
	w := param("w", 2)
	first(w, optim.NewLAMB([]*grad.Param{w}, 0.01, optim.WeightDecay(0)))
	// Output: 2.0200
}

// Muon takes matrices, and an AdamW inside the other parameters.
func ExampleNewMuon() {
	w, b := grad.NewParam(grad.Constant(0), 2, 2), param("b", 0)
	w.Name, w.Value = "w", tensor.Zeros(2, 2)
	matrices, vectors := optim.Matrices([]*grad.Param{w, b})
	opt := optim.NewMuon(matrices, 0.02)
	opt.AddAdamW(optim.Group{Params: vectors, LR: 0.001})

	tape := grad.NewTape(grad.Training, 1)
	g := tape.Const(tensor.New([]float32{-300, 0, 0, -0.3}, 2, 2)) // a large and a small part
	loss := grad.Sub(grad.Sum(grad.Mul(tape.Use(w), g)), tape.Use(b))
	if err := loss.Backward(); err != nil {
		fmt.Println(err)
	}
	if err := opt.Step(tape); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.2f, %.3f\n", w.Value.Data(), b.Value.Item())
	// Output: [0.01 0.00 0.00 0.01], 0.001
}

// Biases and the parameters of normalisations are not decayed.
func ExampleMatrices() {
	weight, bias := grad.NewParam(grad.FanIn(3), 2, 3), grad.NewParam(grad.FanIn(3), 2)
	weight.Name, bias.Name = "weight", "bias"
	matrices, vectors := optim.Matrices([]*grad.Param{weight, bias})
	opt := optim.NewAdamW(matrices, 1e-3, optim.WeightDecay(0.05))
	opt.AddGroup(optim.Group{Params: vectors, LR: 1e-3})
	for _, g := range opt.Groups() {
		fmt.Println(g.Params[0].Name, g.WeightDecay)
	}
	// Output:
	// weight 0.05
	// bias 0
}

// The gradient, −6, is shortened; its length can be logged.
func ExampleClipNorm() {
	w := param("w", 0)
	opt := optim.NewSGD([]*grad.Param{w}, 0.1, optim.ClipNorm(1))
	first(w, opt)
	fmt.Println(opt.GradNorm())

	measured := optim.NewSGD([]*grad.Param{w}, 0.1, optim.ClipNorm(math.Inf(1))) // without clipping
	first(w, measured)
	fmt.Printf("%.3f\n", measured.GradNorm())
	// Output:
	// 0.1000
	// 6
	// 0.6800
	// 5.800
}

func ExampleClipValue() {
	w := param("w", 0)
	first(w, optim.NewSGD([]*grad.Param{w}, 0.1, optim.ClipValue(0.5)))
	// Output: 0.0500
}

// curve prints every second factor of the first twelve steps.
func curve(s optim.Schedule) {
	var factors []float64
	for step := 0; step <= 12; step += 2 {
		factors = append(factors, s(step))
	}
	fmt.Printf("%.2f\n", factors)
}

func ExampleSchedule() {
	curve(optim.Step(4, 0.5))
	curve(optim.MultiStep(0.1, 6, 10))
	curve(optim.Exponential(0.9))
	curve(optim.Polynomial(12, 1))
	curve(optim.Cosine(12, 0.1))
	curve(optim.CosineRestarts(6, 1, 0))
	curve(optim.OneCycle(13))
	curve(optim.Warmup(8, 0))
	// Output:
	// [1.00 1.00 0.50 0.50 0.25 0.25 0.12]
	// [1.00 1.00 1.00 0.10 0.10 0.01 0.01]
	// [1.00 0.81 0.66 0.53 0.43 0.35 0.28]
	// [1.00 0.83 0.67 0.50 0.33 0.17 0.00]
	// [1.00 0.94 0.78 0.55 0.33 0.16 0.10]
	// [1.00 0.75 0.25 1.00 0.75 0.25 1.00]
	// [0.04 0.79 0.96 0.74 0.41 0.11 0.00]
	// [0.00 0.25 0.50 0.75 1.00 1.00 1.00]
}

// A rise to the full rate, then half a wave down to nothing.
func ExampleSequence() {
	curve(optim.Sequence(
		optim.Phase{Steps: 4, Schedule: optim.Warmup(4, 0)},
		optim.Phase{Steps: 8, Schedule: optim.Cosine(8, 0)},
	))
	// Output: [0.00 0.50 1.00 0.85 0.50 0.15 0.00]
}

// In a loop of one's own a schedule is applied before a step.
func ExampleSchedule_Apply() {
	w := param("w", 0)
	opt := optim.NewSGD([]*grad.Param{w}, 0.1)
	fmt.Println(optim.Step(2, 0.5).Apply(opt, 4), opt.Groups()[0].LR, opt.Groups()[0].InitialLR)
	fmt.Println(optim.Step(0, 0.5).Apply(opt, 4))
	// Output:
	// <nil> 0.025 0.1
	// optim: Schedule: the factor is NaN at step 4, want 0 or a positive number; NaN comes from settings that cannot be
}

func ExampleNewEMA() {
	w := param("w", 0)
	opt, ema := optim.NewSGD([]*grad.Param{w}, 0.1), optim.NewEMA([]*grad.Param{w}, 0.5)
	for range 3 {
		if err := minimise(w, opt, 1); err != nil {
			fmt.Println(err)
		}
		if err := ema.Update(); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("weight %.3f, ", w.Value.Item())
		ema.Swap()
		fmt.Printf("average %.3f\n", w.Value.Item())
		ema.Swap()
	}
	// Output:
	// weight 0.600, average 0.600
	// weight 1.080, average 0.840
	// weight 1.464, average 1.152
}

func ExampleNewSWA() {
	w := param("w", 0)
	swa := optim.NewSWA([]*grad.Param{w})
	for _, v := range []float32{1, 2, 6} {
		w.Value.Fill(v)
		if err := swa.Update(); err != nil {
			fmt.Println(err)
		}
	}
	swa.Swap()
	fmt.Println(w.Value.Item())
	// Output: 3
}

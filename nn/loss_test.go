package nn_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// apart scales what [nntest.Spread] gives, so that no two differ by a margin of the
// tests.
func apart(x *tensor.Tensor) *tensor.Tensor { return tensor.MulScalar(x, 0.7) }

// distribution returns rows of probabilities.
func distribution(seed uint64, shape ...int) *tensor.Tensor {
	x := nntest.Positive(seed, shape...)
	n := shape[len(shape)-1]
	for i := range x.Len() / n {
		row := x.Data()[i*n:][:n]
		sum := float32(0)
		for _, v := range row {
			sum += v
		}
		for j := range row {
			row[j] /= sum
		}
	}
	return x
}

// chances returns numbers between 0 and 1.
func chances(seed uint64, shape ...int) *tensor.Tensor {
	return tensor.Uniform(seed, 0.1, 0.9, shape...)
}

// TestLosses runs the suite on every loss, option and reduction.
func TestLosses(t *testing.T) {
	labels := tensor.New([]int{2, 0, 1, 1}, 4)
	dense := tensor.New([]int{2, 0, 1, 1, 0, 2, 2, 2}, 2, 4)
	pictures := tensor.New([]int{2, 0, 1, 1, 0, 2, 2, 2, 1, 1, 0, 2}, 2, 3, 2)
	numbers, zeroOne := nntest.Values(9, 3, 4), tensor.New([]float32{1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0}, 3, 4)
	signs := tensor.New([]float32{1, -1, -1, 1, 1, 1, -1, -1, -1, 1, 1, -1}, 3, 4)
	x43, x34 := nntest.Values(1, 4, 3), nntest.Values(1, 3, 4)
	weights := nn.ClassWeights(0.5, 2, 1)
	cases := []struct {
		name   string
		loss   func(opts ...nn.LossOption) nn.Loss
		x      *tensor.Tensor
		target tensor.Any
		opts   []nn.LossOption
	}{
		{"CrossEntropy", nn.NewCrossEntropy, x43, labels, nil},
		{"CrossEntropy/wide", nn.NewCrossEntropy, tensor.MulScalar(x43, 8), labels, nil},
		{"CrossEntropy/options", nn.NewCrossEntropy, x43, labels, []nn.LossOption{weights, nn.LabelSmoothing(0.2), nn.IgnoreLabel(0)}},
		{"CrossEntropy/dense", nn.NewCrossEntropy, nntest.Values(1, 2, 3, 4), dense, []nn.LossOption{weights, nn.IgnoreLabel(0)}},
		{"CrossEntropy/pictures", nn.NewCrossEntropy, nntest.Values(1, 2, 3, 3, 2), pictures, nil},
		{"CrossEntropy/soft", nn.NewCrossEntropy, x43, distribution(3, 4, 3), nil},
		{"CrossEntropy/soft/options", nn.NewCrossEntropy, x43, distribution(3, 4, 3), []nn.LossOption{weights, nn.LabelSmoothing(0.2)}},
		{"CrossEntropy/soft/dense", nn.NewCrossEntropy, nntest.Values(1, 2, 3, 4), chances(3, 2, 3, 4), nil},
		{"NLL", nn.NewNLL, x43, labels, nil},
		{"NLL/options", nn.NewNLL, nntest.Values(1, 2, 3, 4), dense, []nn.LossOption{weights, nn.IgnoreLabel(2)}},
		{"Hinge", nn.NewHinge, apart(nntest.Spread(1, 4, 3)), labels, nil},
		{"Hinge/options", nn.NewHinge, apart(nntest.Spread(2, 2, 3, 4)), dense, []nn.LossOption{weights, nn.Squared, nn.Margin(0.5)}},
		{"MSE", nn.NewMSE, x34, numbers, nil},
		{"MSE/scalar", nn.NewMSE, nntest.Values(1), nntest.Values(2), nil},
		{"L1", nn.NewL1, nntest.Spread(1, 3, 4), tensor.Zeros(3, 4), nil},
		{"SmoothL1", smoothL1(0.7), nntest.Spread(1, 3, 4), tensor.Zeros(3, 4), nil},
		{"Huber", huber(0.7), nntest.Spread(1, 3, 4), tensor.Zeros(3, 4), nil},
		{"PoissonNLL", nn.NewPoissonNLL, x34, nntest.Positive(2, 3, 4), nil},
		{"BCEWithLogits", nn.NewBCEWithLogits, x34, zeroOne, nil},
		{"BCEWithLogits/one weight", nn.NewBCEWithLogits, x34, zeroOne, []nn.LossOption{nn.PositiveWeights(3)}},
		{"BCEWithLogits/weights", nn.NewBCEWithLogits, nntest.Values(1, 2, 3, 4), chances(2, 2, 3, 4), []nn.LossOption{nn.PositiveWeights(3, 1, 0.5)}},
		{"BCE", nn.NewBCE, chances(1, 3, 4), zeroOne, nil},
		{"Focal", focal(2), x34, zeroOne, nil},
		{"Focal/options", focal(0.5), x34, chances(2, 3, 4), []nn.LossOption{nn.Balance(0.6)}},
		{"BinaryHinge", nn.NewBinaryHinge, apart(nntest.Spread(1, 3, 4)), signs, nil},
		{"BinaryHinge/options", nn.NewBinaryHinge, apart(nntest.Spread(1, 3, 4)), signs, []nn.LossOption{nn.Margin(0.5), nn.Squared}},
		{"KLDiv", nn.NewKLDiv, x34, distribution(2, 3, 4), nil},
	}
	reductions := []struct {
		name string
		opts []nn.LossOption
	}{{"mean", nil}, {"sum", []nn.LossOption{nn.Sum}}, {"per sample", []nn.LossOption{nn.PerSample}}}
	for _, c := range cases {
		for _, r := range reductions {
			t.Run(c.name+"/"+r.name, func(t *testing.T) {
				loss, shape := c.loss(append(r.opts, c.opts...)...), tensor.Shape{}
				if r.name == "per sample" {
					shape = c.target.Shape()
					if strings.HasPrefix(c.name, "CrossEntropy/soft") {
						shape = append(shape[:1:1], shape[2:]...)
					}
				}
				nntest.Run(t, nntest.Case{
					Inputs: []*tensor.Tensor{c.x}, Shape: shape,
					F: func(x ...*grad.Var) *grad.Var { return loss(x[0], c.target) },
				})
			})
		}
	}
}

func smoothL1(beta float64) func(opts ...nn.LossOption) nn.Loss {
	return func(opts ...nn.LossOption) nn.Loss { return nn.NewSmoothL1(beta, opts...) }
}

func huber(delta float64) func(opts ...nn.LossOption) nn.Loss {
	return func(opts ...nn.LossOption) nn.Loss { return nn.NewHuber(delta, opts...) }
}

func focal(gamma float64) func(opts ...nn.LossOption) nn.Loss {
	return func(opts ...nn.LossOption) nn.Loss { return nn.NewFocal(gamma, opts...) }
}

// TestLossTargets runs the suite with targets in the layouts of the inputs, and
// samples one by one.
func TestLossTargets(t *testing.T) {
	cases := []struct {
		name      string
		loss      nn.Loss
		x, target *tensor.Tensor
	}{
		{"CrossEntropy", nn.NewCrossEntropy(nn.PerSample), nntest.Values(1, 4, 3), distribution(2, 4, 3)},
		{"CrossEntropy/dense", nn.NewCrossEntropy(nn.PerSample, nn.LabelSmoothing(0.1)), nntest.Values(1, 2, 3, 4), chances(2, 2, 3, 4)},
		{"MSE", nn.NewMSE(nn.PerSample), nntest.Values(1, 3, 4), nntest.Values(2, 3, 4)},
		{"BCEWithLogits", nn.NewBCEWithLogits(nn.PerSample, nn.PositiveWeights(1, 2, 3, 4)), nntest.Values(1, 3, 4), chances(2, 3, 4)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			nntest.Run(t, nntest.Case{
				Inputs: []*tensor.Tensor{c.x, c.target}, Batch: []int{0, 1}, Constant: []int{1},
				F: func(x ...*grad.Var) *grad.Var { return c.loss(x[0], x[1].Data()) },
			})
		})
	}
}

// TestLossStridedLabels checks that labels need not be contiguous.
func TestLossStridedLabels(t *testing.T) {
	labels := tensor.New([]int{2, 9, 0, 9, 1, 9, 1, 9}, 4, 2).Index(1, 0)
	for name, loss := range map[string]nn.Loss{"CrossEntropy": nn.CrossEntropy, "NLL": nn.NLL, "Hinge": nn.Hinge} {
		x := apart(nntest.Spread(1, 4, 3))
		tape := grad.NewTape(grad.Training, 1)
		got, want := loss(tape.Input(x), labels), loss(tape.Input(x), labels.Clone())
		if tape.Err() != nil || got.Data().Item() != want.Data().Item() {
			t.Errorf("%s of strided labels is %v (%v), want %v", name, got.Data(), tape.Err(), want.Data())
		}
		nntest.Run(t, nntest.Case{
			Inputs: []*tensor.Tensor{x},
			F:      func(x ...*grad.Var) *grad.Var { return loss(x[0], labels) },
		})
	}
}

// TestLossWorkers checks that losses large enough to be cut have the same bits for
// any number of workers.
func TestLossWorkers(t *testing.T) {
	x, labels := nntest.Values(1, 500, 100), make([]int, 500)
	for i := range labels {
		labels[i] = i * i % 100
	}
	cases := []struct {
		name   string
		loss   nn.Loss
		target tensor.Any
	}{
		{"CrossEntropy", nn.CrossEntropy, tensor.New(labels, 500)},
		{"Hinge", nn.Hinge, tensor.New(labels, 500)},
		{"BCEWithLogits", nn.BCEWithLogits, chances(2, 500, 100)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			step := func(workers int) (loss, gradient *tensor.Tensor) {
				defer parallel.SetWorkers(parallel.SetWorkers(workers))
				in := grad.NewTape(grad.Training, 1).Input(x).RequireGrad()
				l := c.loss(in, c.target)
				if err := l.Backward(); err != nil {
					t.Fatal(err)
				}
				return l.Data(), in.Grad()
			}
			want, wantGrad := step(1)
			for _, n := range []int{2, 7} {
				if got, g := step(n); !got.Equal(want) || !g.Equal(wantGrad) {
					t.Errorf("loss on %d workers is %v, on one %v, or the gradients differ", n, got, want)
				}
			}
		})
	}
}

// TestLossOfPairs runs the suite on the losses of more than outputs and targets.
func TestLossOfPairs(t *testing.T) {
	a, b, c := nntest.Values(1, 4, 5), nntest.Values(2, 4, 5), nntest.Values(3, 4, 5)
	target := tensor.New([]float32{1, -1, 1, -1}, 4)
	cases := []struct {
		name   string
		inputs []*tensor.Tensor
		batch  []int
		shape  tensor.Shape
		f      func(x ...*grad.Var) *grad.Var
	}{
		{"CosineSimilarity", []*tensor.Tensor{a, b}, []int{0, 1}, tensor.Shape{4},
			func(x ...*grad.Var) *grad.Var { return nn.CosineSimilarity(x[0], x[1]) }},
		{"CosineSimilarity/3d", []*tensor.Tensor{nntest.Values(1, 2, 3, 4), nntest.Values(2, 2, 3, 4)}, []int{0, 1}, tensor.Shape{2, 3},
			func(x ...*grad.Var) *grad.Var { return nn.CosineSimilarity(x[0], x[1]) }},
		{"PairwiseDistance", []*tensor.Tensor{a, b}, []int{0, 1}, tensor.Shape{4},
			func(x ...*grad.Var) *grad.Var { return nn.PairwiseDistance(x[0], x[1]) }},
		{"TripletMargin", []*tensor.Tensor{a, b, c}, nil, tensor.Shape{},
			func(x ...*grad.Var) *grad.Var { return nn.TripletMargin(x[0], x[1], x[2], 1) }},
		{"CosineEmbedding", []*tensor.Tensor{a, b}, nil, tensor.Shape{},
			func(x ...*grad.Var) *grad.Var { return nn.CosineEmbedding(x[0], x[1], target, -0.9) }},
		{"GaussianNLL", []*tensor.Tensor{a, nntest.Positive(2, 4, 5)}, nil, tensor.Shape{},
			func(x ...*grad.Var) *grad.Var { return nn.GaussianNLL(x[0], x[1], c) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			nntest.Run(t, nntest.Case{Inputs: c.inputs, Batch: c.batch, Shape: c.shape, F: c.f})
		})
	}
}

// TestLossOfLarge checks losses and gradients of logits up to 1e4.
func TestLossOfLarge(t *testing.T) {
	const big = 1e4
	cases := []struct {
		name     string
		loss     nn.Loss
		x        *tensor.Tensor
		target   tensor.Any
		want     float32
		gradient []float32
	}{
		{"CrossEntropy/right", nn.CrossEntropy, tensor.New([]float32{big, 0, -big}, 1, 3), tensor.New([]int{0}, 1), 0, []float32{0, 0, 0}},
		{"CrossEntropy/wrong", nn.CrossEntropy, tensor.New([]float32{big, 0, -big}, 1, 3), tensor.New([]int{2}, 1), 2 * big, []float32{1, 0, -1}},
		{"CrossEntropy/shifted", nn.CrossEntropy, tensor.New([]float32{big, big}, 1, 2), tensor.New([]int{1}, 1), math.Ln2, []float32{0.5, -0.5}},
		{"CrossEntropy/smoothed", nn.NewCrossEntropy(nn.LabelSmoothing(0.5)), tensor.New([]float32{big, big}, 1, 2), tensor.New([]int{1}, 1), math.Ln2, []float32{0.25, -0.25}},
		{"CrossEntropy/masked", nn.CrossEntropy, tensor.New([]float32{0, 0, float32(math.Inf(-1))}, 1, 3), tensor.New([]float32{0, 1, 0}, 1, 3), math.Ln2, []float32{0.5, -0.5, 0}},
		{"BCEWithLogits", nn.BCEWithLogits, tensor.New([]float32{big, big, -big, -big}, 4), tensor.New([]float32{1, 0, 1, 0}, 4), big / 2, []float32{0, 0.25, -0.25, 0}},
		{"BCEWithLogits/small", nn.NewBCEWithLogits(nn.Sum), tensor.New([]float32{50}, 1), tensor.New([]float32{1}, 1), 1.9287498e-22, []float32{-1.9287498e-22}},
		{"BCE", nn.BCE, tensor.New([]float32{1, 0}, 2), tensor.New([]float32{0, 0}, 2), 50, []float32{5e11, 0}},
		{"Focal", nn.NewFocal(0.5, nn.Balance(0.5)), tensor.New([]float32{big, big}, 2), tensor.New([]float32{1, 0}, 2), big / 4, []float32{0, 0.25}},
		{"Focal/rounded", nn.NewFocal(0.5, nn.Sum), tensor.New([]float32{big}, 1), tensor.New([]float32{1.0000001}, 1), 0, []float32{0}},
		{"KLDiv", nn.KLDiv, tensor.New([]float32{0, float32(math.Inf(-1))}, 1, 2), tensor.New([]float32{1, 0}, 1, 2), 0, []float32{-1, 0}},
		{"Huber", nn.Huber, tensor.New([]float32{big}, 1), tensor.New([]float32{0}, 1), big - 0.5, []float32{1}},
		{"L1", nn.L1, tensor.New([]float32{big, 1}, 2), tensor.New([]float32{0, 1}, 2), big / 2, []float32{0.5, 0}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tape := grad.NewTape(grad.Training, 1)
			x := tape.Input(c.x).RequireGrad()
			l := c.loss(x, c.target)
			if err := l.Backward(); err != nil {
				t.Fatal(err)
			}
			if got := l.Data().Item(); math.Abs(float64(got-c.want)) > 1e-6*float64(c.want) {
				t.Errorf("loss is %v, want %v", got, c.want)
			}
			for i, w := range c.gradient {
				if g := x.Grad().Data()[i]; math.Abs(float64(g-w)) > 1e-6*math.Abs(float64(w)) {
					t.Errorf("gradient is %v, want %v", x.Grad().Data(), c.gradient)
					break
				}
			}
		})
	}
}

// TestLossOfNothing checks batches in which nothing counts.
func TestLossOfNothing(t *testing.T) {
	none, ignored := tensor.New([]int{}, 0), tensor.New([]int{-100, -100}, 2)
	ignore := nn.IgnoreLabel(-100)
	cases := []struct {
		name   string
		loss   nn.Loss
		x      *tensor.Tensor
		target tensor.Any
		want   []float32
	}{
		{"CrossEntropy/sum", nn.NewCrossEntropy(nn.Sum), tensor.Zeros(0, 3), none, []float32{0}},
		{"CrossEntropy/per sample", nn.NewCrossEntropy(nn.PerSample), tensor.Zeros(0, 3), none, nil},
		{"CrossEntropy/ignored/sum", nn.NewCrossEntropy(nn.Sum, ignore), tensor.Ones(2, 3), ignored, []float32{0}},
		{"CrossEntropy/ignored/per sample", nn.NewCrossEntropy(nn.PerSample, ignore), tensor.Ones(2, 3), ignored, []float32{0, 0}},
		{"MSE/sum", nn.NewMSE(nn.Sum), tensor.Zeros(0, 3), tensor.Zeros(0, 3), []float32{0}},
		{"MSE/per sample", nn.NewMSE(nn.PerSample), tensor.Zeros(0, 3), tensor.Zeros(0, 3), nil},
		{"BCE/sum", nn.NewBCE(nn.Sum), tensor.Zeros(0, 3), tensor.Zeros(0, 3), []float32{0}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tape := grad.NewTape(grad.Training, 1)
			x := tape.Input(c.x).RequireGrad()
			l := c.loss(x, c.target)
			if err := l.BackwardFrom(nil); err != nil {
				t.Fatal(err)
			}
			if got := l.Data(); !got.Equal(tensor.New(c.want, got.Shape()...)) {
				t.Errorf("loss is %v, want %v", got, c.want)
			}
			if g := x.Grad(); !g.Equal(tensor.Zeros(c.x.Shape()...)) {
				t.Errorf("gradient is %v, want zeros", g)
			}
		})
	}
}

// TestLossErrors checks what does not fit together.
func TestLossErrors(t *testing.T) {
	x, none, nan := tensor.Zeros(2, 3), tensor.New([]int{}, 0), math.NaN()
	empty, two, dense := tensor.Zeros(0, 3), tensor.New([]int{0, 1}, 2), tensor.Zeros(2, 3, 4)
	ignored := tensor.New([]int{7, 7}, 2)
	values := func(v float32) *tensor.Tensor { return tensor.Full(v, 2, 3) }
	cases := []struct {
		name   string
		loss   nn.Loss
		x      *tensor.Tensor
		target tensor.Any
		want   string
	}{
		{"labels of bytes", nn.CrossEntropy, x, tensor.Make[uint8](2), "CrossEntropy: target is a *tensor.Array[uint8], want *tensor.Ints or *tensor.Tensor"},
		{"no labels", nn.CrossEntropy, x, nil, "CrossEntropy: target is a <nil>, want *tensor.Ints or *tensor.Tensor"},
		{"labels of floats", nn.NLL, x, tensor.Zeros(2), "NLL: target is a *tensor.Array[float32], want *tensor.Ints"},
		{"number of labels", nn.CrossEntropy, x, tensor.New([]int{0, 1, 2}, 3), "CrossEntropy: target has shape [3], want [2]"},
		{"places", nn.CrossEntropy, dense, two, "CrossEntropy: target has shape [2], want [2 4]"},
		{"probabilities", nn.CrossEntropy, x, tensor.Zeros(2), "CrossEntropy: target has shape [2], want that of the output, [2 3]"},
		{"label too large", nn.CrossEntropy, x, tensor.New([]int{0, 3}, 2), "CrossEntropy: label 3 of sample 1, want 0 to 2"},
		{"label negative", nn.CrossEntropy, x, tensor.New([]int{-1, 0}, 2), "CrossEntropy: label -1 of sample 0, want 0 to 2"},
		{"label of a place", nn.CrossEntropy, dense, tensor.New([]int{0, 0, 0, 0, 0, 0, -100, 0}, 2, 4), "CrossEntropy: label -100 of sample 1, place 2, want 0 to 2"},
		{"label not ignored", nn.NewCrossEntropy(nn.IgnoreLabel(3)), x, tensor.New([]int{3, 4}, 2), "CrossEntropy: label 4 of sample 1, want 0 to 2"},
		{"rank", nn.CrossEntropy, tensor.Zeros(2), two, "CrossEntropy: output has shape [2], want [batch classes …]"},
		{"no classes", nn.CrossEntropy, tensor.Zeros(2, 0), two, "CrossEntropy: output has shape [2 0], want [batch classes …]"},
		{"empty", nn.CrossEntropy, empty, none, "CrossEntropy: the batch is empty"},
		{"no places", nn.CrossEntropy, tensor.Zeros(2, 3, 0), tensor.Make[int](2, 0), "CrossEntropy: the batch is empty"},
		{"all ignored", nn.NewCrossEntropy(nn.IgnoreLabel(7)), x, ignored, "CrossEntropy: every label is ignored or has weight 0, so there is no mean"},
		{"NLL all ignored", nn.NewNLL(nn.IgnoreLabel(7)), x, ignored, "NLL: every label is ignored or has weight 0, so there is no mean"},
		{"no weight", nn.NewCrossEntropy(nn.ClassWeights(0, 0, 1)), x, two, "CrossEntropy: every label is ignored or has weight 0, so there is no mean"},
		{"weights", nn.NewCrossEntropy(nn.ClassWeights(1, 2)), x, two, "CrossEntropy: output has shape [2 3], want as many classes as weights, 2"},
		{"ignored probabilities", nn.NewCrossEntropy(nn.IgnoreLabel(7)), x, x, "CrossEntropy: option IgnoreLabel needs labels as the target, *tensor.Ints"},
		{"numbers of ints", nn.MSE, x, two, "MSE: target is a *tensor.Array[int], want *tensor.Tensor"},
		{"shape", nn.MSE, x, tensor.Zeros(3, 2), "MSE: output has shape [2 3], want that of the target, [3 2]"},
		{"no numbers", nn.L1, empty, empty, "L1: the batch is empty"},
		{"positive weights", nn.NewBCEWithLogits(nn.PositiveWeights(1, 2)), x, x, "BCEWithLogits: output has shape [2 3], want [batch 2 …] for as many weights"},
		{"channels", nn.NewBCEWithLogits(nn.PositiveWeights(1, 2)), tensor.Zeros(2), tensor.Zeros(2), "BCEWithLogits: output has shape [2], want [batch 2 …] for as many weights"},
		{"target of BCEWithLogits", nn.BCEWithLogits, x, values(2), "BCEWithLogits: target has the value 2, want 0 to 1"},
		{"target of Focal", nn.Focal, x, values(-1), "Focal: target has the value -1, want 0 to 1"},
		{"output of BCE", nn.BCE, values(1.5), x, "BCE: output has the value 1.5, want 0 to 1"},
		{"target of BCE", nn.BCE, x, values(1.5), "BCE: target has the value 1.5, want 0 to 1"},
		{"target of BinaryHinge", nn.BinaryHinge, x, x, "BinaryHinge: target has the value 0, want -1 or 1"},
		{"target of PoissonNLL", nn.PoissonNLL, x, values(-3), "PoissonNLL: target has the value -3, want 0 or more"},
		{"target of KLDiv", nn.KLDiv, x, values(-3), "KLDiv: target has the value -3, want 0 to 1"},
		{"foreign option", nn.NewHuber(1, nn.LabelSmoothing(0.1)), x, x, "Huber: option LabelSmoothing does not apply"},
		{"foreign weights", nn.NewBCE(nn.ClassWeights(1)), x, x, "BCE: option ClassWeights does not apply"},
		{"foreign margin", nn.NewCrossEntropy(nn.Margin(1)), x, two, "CrossEntropy: option Margin does not apply"},
		{"foreign square", nn.NewMSE(nn.Squared), x, x, "MSE: option Squared does not apply"},
		{"foreign balance", nn.NewKLDiv(nn.Balance(1)), x, x, "KLDiv: option Balance does not apply"},
		{"foreign positives", nn.NewFocal(1, nn.PositiveWeights(1)), x, x, "Focal: option PositiveWeights does not apply"},
		{"foreign label", nn.NewHinge(nn.IgnoreLabel(1)), x, two, "Hinge: option IgnoreLabel does not apply"},
		{"smoothing", nn.NewCrossEntropy(nn.LabelSmoothing(1.5)), x, two, "CrossEntropy: label smoothing 1.5, want 0 to 1"},
		{"negative weight", nn.NewNLL(nn.ClassWeights(1, -1, 1)), x, two, "NLL: ClassWeights: weight 1 is -1, want 0 or a positive number"},
		{"infinite weight", nn.NewBCEWithLogits(nn.PositiveWeights(math.Inf(1))), x, x, "BCEWithLogits: PositiveWeights: weight 0 is +Inf, want 0 or a positive number"},
		{"weights of nothing", nn.NewHinge(nn.ClassWeights()), x, two, "Hinge: ClassWeights of no numbers, want at least one"},
		{"margin", nn.NewHinge(nn.Margin(0)), x, two, "Hinge: margin 0, want a positive number"},
		{"balance", nn.NewFocal(2, nn.Balance(-1)), x, x, "Focal: balance -1, want 0 to 1"},
		{"gamma", nn.NewFocal(-1), x, x, "Focal: gamma -1, want 0 or a positive number"},
		{"delta", nn.NewHuber(0), x, x, "Huber: delta 0, want a positive number"},
		{"beta", nn.NewSmoothL1(nan), x, x, "SmoothL1: beta NaN, want 0 or a positive number"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tape := grad.NewTape(grad.Training, 1)
			l := c.loss(tape.Input(c.x).RequireGrad(), c.target)
			if err := l.Err(); err == nil || err.Error() != "grad: "+c.want {
				t.Errorf("error is %v, want grad: %s", err, c.want)
			}
		})
	}
}

// TestLossOfPairsErrors checks what does not fit together.
func TestLossOfPairsErrors(t *testing.T) {
	nan := math.NaN()
	cases := []struct {
		name string
		f    func(a, b, empty *grad.Var) *grad.Var
		want string
	}{
		{"shapes", func(a, b, _ *grad.Var) *grad.Var { return nn.CosineSimilarity(a, b) }, "CosineSimilarity: inputs have shapes [2 3] and [2 4], want the same"},
		{"distance", func(a, b, _ *grad.Var) *grad.Var { return nn.TripletMargin(a, a, b, 1) }, "PairwiseDistance: inputs have shapes [2 3] and [2 4], want the same"},
		{"scalars", func(a, _, _ *grad.Var) *grad.Var { return nn.PairwiseDistance(grad.Mean(a), grad.Mean(a)) }, "PairwiseDistance: input has shape [], want [… features]"},
		{"triplet margin", func(a, _, _ *grad.Var) *grad.Var { return nn.TripletMargin(a, a, a, nan) }, "TripletMargin: margin NaN, want 0 or a positive number"},
		{"infinite margin", func(a, _, _ *grad.Var) *grad.Var { return nn.TripletMargin(a, a, a, math.Inf(1)) }, "TripletMargin: margin +Inf, want 0 or a positive number"},
		{"no triplets", func(_, _, e *grad.Var) *grad.Var { return nn.TripletMargin(e, e, e, 1) }, "TripletMargin: the batch is empty"},
		{"cosine margin", func(a, _, _ *grad.Var) *grad.Var { return nn.CosineEmbedding(a, a, tensor.Ones(2), 2) }, "CosineEmbedding: margin 2, want -1 to 1"},
		{"cosine target", func(a, _, _ *grad.Var) *grad.Var { return nn.CosineEmbedding(a, a, tensor.Zeros(2), 0) }, "CosineEmbedding: target has the value 0, want -1 or 1"},
		{"cosine target shape", func(a, _, _ *grad.Var) *grad.Var { return nn.CosineEmbedding(a, a, tensor.Ones(3), 0) }, "CosineEmbedding: target has shape [3], want [2]"},
		{"cosine target type", func(a, _, _ *grad.Var) *grad.Var { return nn.CosineEmbedding(a, a, tensor.Make[int](2), 0) }, "CosineEmbedding: target is a *tensor.Array[int], want *tensor.Tensor"},
		{"no pairs", func(_, _, e *grad.Var) *grad.Var { return nn.CosineEmbedding(e, e, tensor.Zeros(0), 0) }, "CosineEmbedding: the batch is empty"},
		{"variance", func(a, _, _ *grad.Var) *grad.Var { return nn.GaussianNLL(a, grad.AddScalar(a, -1), tensor.Zeros(2, 3)) }, "GaussianNLL: variance has the value -1, want 0 or more"},
		{"variance shape", func(a, b, _ *grad.Var) *grad.Var { return nn.GaussianNLL(a, b, tensor.Zeros(2, 3)) }, "GaussianNLL: variance has shape [2 4], want that of the mean, [2 3]"},
		{"target shape", func(a, _, _ *grad.Var) *grad.Var { return nn.GaussianNLL(a, a, tensor.Zeros(3)) }, "GaussianNLL: mean has shape [2 3], want that of the target, [3]"},
		{"target type", func(a, _, _ *grad.Var) *grad.Var { return nn.GaussianNLL(a, a, tensor.Make[int](2, 3)) }, "GaussianNLL: target is a *tensor.Array[int], want *tensor.Tensor"},
		{"no numbers", func(_, _, e *grad.Var) *grad.Var { return nn.GaussianNLL(e, e, tensor.Zeros(0, 3)) }, "GaussianNLL: the batch is empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tape := grad.NewTape(grad.Training, 1)
			l := c.f(tape.Input(tensor.Zeros(2, 3)), tape.Input(tensor.Zeros(2, 4)), tape.Input(tensor.Zeros(0, 3)))
			if err := l.Err(); err == nil || err.Error() != "grad: "+c.want {
				t.Errorf("error is %v, want grad: %s", err, c.want)
			}
		})
	}
}

package nn

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Loss says how wrong outputs are, as a single number to be minimised: the mean
// over the batch. What targets it takes is documented with each loss; a target
// that does not fit is an error of the tape.
type Loss func(output *grad.Var, target tensor.Any) *grad.Var

// CrossEntropy is the softmax cross-entropy of outputs x [N, C], the logits of C
// classes, with class labels c, *tensor.Ints [N] of values 0 to C−1:
//
//	L = mean over n of −log softmax(x_n)[c_n] = mean of log Σ_j exp(x_nj) − x_n,c
//
// Its gradient is (softmax(x) − onehot(c))/N.
func CrossEntropy(output *grad.Var, target tensor.Any) *grad.Var {
	labels, ok := target.(*tensor.Ints)
	if !ok {
		return output.Tape().Fail("CrossEntropy", fmt.Errorf("target is a %T, want *tensor.Ints", target))
	}
	if !labels.Contiguous() {
		labels = labels.Clone()
	}
	return grad.Apply(crossEntropy{labels: labels}, output)
}

// MSE is the mean squared error of outputs with targets of the same shape,
// *tensor.Tensor: mean (x−t)². Its gradient is 2·(x−t)/size.
func MSE(output *grad.Var, target tensor.Any) *grad.Var {
	t, ok := target.(*tensor.Tensor)
	if !ok {
		return output.Tape().Fail("MSE", fmt.Errorf("target is a %T, want *tensor.Tensor", target))
	}
	if output.Err() == nil && !t.Shape().Equal(output.Shape()) {
		return output.Tape().Fail("MSE", fmt.Errorf("output has shape %v, want that of the target, %v", output.Shape(), t.Shape()))
	}
	return grad.Mean(grad.Square(grad.Sub(output, output.Tape().Const(t))))
}

// crossEntropy saves the softmax of every row for Backward.
type crossEntropy struct{ labels *tensor.Ints }

func (*crossEntropy) Name() string { return "CrossEntropy" }

func (op *crossEntropy) Infer(in, out []tensor.Shape) error {
	x := in[0]
	switch {
	case len(x) != 2 || x[1] == 0:
		return fmt.Errorf("output has shape %v, want [batch classes]", x)
	case x[0] == 0:
		return fmt.Errorf("the batch is empty")
	case !op.labels.Shape().Equal(x[:1]):
		return fmt.Errorf("target has shape %v, want [%d]", op.labels.Shape(), x[0])
	}
	out[0] = out[0][:0]
	if out[0] == nil {
		out[0] = tensor.Shape{}
	}
	return nil
}

func (*crossEntropy) Needs() grad.Needs { return grad.Needs{} }

func (op *crossEntropy) Forward(c *grad.Call) {
	s := c.InShape(0)
	n, k := s[0], s[1]
	x, p := c.InData(0), c.Save(0, n*k)
	var sum float64
	for i, label := range op.labels.Data() {
		if label < 0 || label >= k {
			c.Fail(fmt.Errorf("label %d of sample %d, want 0 to %d", label, i, k-1))
			return
		}
		row, to := x[i*k:][:k], p[i*k:][:k]
		top := vec.MaxOf(row)
		total := vec.ExpSum(to, row, top)
		vec.MulScalar(to, to, 1/total)
		sum += math.Log(float64(total)) + float64(top) - float64(row[label])
	}
	c.Out(0).Set(float32(sum / float64(n)))
}

func (op *crossEntropy) Backward(c *grad.Call) {
	dx, add := c.BeginGrad(0)
	if dx == nil {
		return
	}
	s := c.InShape(0)
	n, k := s[0], s[1]
	p, scale := c.Save(0, n*k), c.GradOut(0).Item()/float32(n)
	for i, label := range op.labels.Data() {
		row := p[i*k:][:k]
		kept := row[label] // Backward may run again
		row[label]--
		if add {
			vec.Axpy(dx[i*k:][:k], row, scale)
		} else {
			vec.MulScalar(dx[i*k:][:k], row, scale)
		}
		row[label] = kept
	}
	c.EndGrad(0)
}

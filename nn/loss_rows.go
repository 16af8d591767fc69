package nn

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// classRows is the working state. Row i is the i-th element of the labels, whose C
// values lie side by side.
type classRows struct {
	*classLoss
	rows, classes int
	x, q, d       []float32
	labels        []int
	loss          []float64

	headers [2]tensor.Tensor
	ints    tensor.Ints
	perPart int
}

// classPart is the number of values worth a task.
const classPart = 1 << 14

// classLastAxes returns the order of the axes [N, C, d₁, …] that puts the classes
// last.
func classLastAxes(dst *[loop.MaxRank]int, rank int) []int {
	for i := range rank - 1 {
		dst[i] = i + min(i, 1)
	}
	dst[rank-1] = 1
	return dst[:rank]
}

// classLast returns the elements of input i with those of a row side by side.
func (s *classRows) classLast(c *grad.Call, i int) []float32 {
	x := c.In(i)
	var axes [loop.MaxRank]int
	v := x.PermuteTo(&s.headers[0], classLastAxes(&axes, x.Rank())...)
	if v.Contiguous() {
		return v.Data()
	}
	b := c.Scratch(x.Len())
	s.headers[1].Bind(b, v.Shape()).Copy(v)
	return b
}

// readLabels checks the labels, and copies them if they are a strided view.
func (s *classRows) readLabels(c *grad.Call) error {
	y := s.classLoss.labels
	if y.Contiguous() {
		s.labels = y.Data()
	} else {
		s.labels = c.SaveInts(0, s.rows)
		s.ints.Bind(s.labels, y.Shape()).Copy(y)
	}
	for i, label := range s.labels {
		if (label < 0 || label >= s.classes) && !s.ignored(label) {
			n, place := s.rows/c.InShape(0)[0], ""
			if n > 1 {
				place = fmt.Sprintf(", place %d", i%n)
			}
			return fmt.Errorf("label %d of sample %d%s, want 0 to %d", label, i/n, place, s.classes-1)
		}
	}
	return nil
}

func (op *classLoss) ignored(label int) bool { return op.ignores && label == op.ignore }

// Do implements [parallel.Task].
func (s *classRows) Do(_, part int) {
	k, first := s.classes, part*s.perPart
	for i := first; i < min(first+s.perPart, s.rows); i++ {
		d, x := s.d[i*k:][:k], s.x[i*k:][:k]
		switch {
		case s.q != nil:
			s.loss[i] = s.row(d, x, 0, s.q[i*k:][:k])
		case s.ignored(s.labels[i]):
			s.loss[i] = 0
			clear(d)
		default:
			s.loss[i] = s.row(d, x, s.labels[i], nil)
		}
	}
}

// reduceTo writes the result, and saves what Backward multiplies the gradient by.
func (s *classRows) reduceTo(c *grad.Call) {
	y := c.Out(0).Data()
	if s.reduce == toNone {
		for i, v := range s.loss {
			y[i] = float32(v)
		}
		return
	}
	var sum, shares float64
	for i, v := range s.loss {
		sum += v
		switch {
		case s.q != nil:
			shares++
		case !s.ignored(s.labels[i]):
			shares += s.share(s.labels[i])
		}
	}
	if s.reduce == toSum {
		shares = 1
	}
	if shares == 0 {
		c.Fail(errors.New("every label is ignored or has weight 0, so there is no mean"))
		return
	}
	y[0] = float32(sum / shares)
	c.Save(1, 1)[0] = float32(1 / shares)
}

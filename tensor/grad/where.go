package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// where: da = g where Mask, else 0; db the other way round.
type where struct{ Mask *tensor.Bools }

func (*where) Name() string { return "Where" }
func (*where) Needs() Needs { return Needs{} }

func (op *where) Infer(in, out []tensor.Shape) error {
	if err := (broadcast{}).Infer(in, out); err != nil {
		return err
	}
	var buf [maxRank]int
	both := append(buf[:0], out[0]...)
	s, err := tensor.AppendBroadcast(out[0], both, op.Mask.Shape())
	if err != nil {
		return fmt.Errorf("mask and inputs: %w", err)
	}
	out[0] = s
	return nil
}

func (op *where) Forward(c *Call) { tensor.WhereTo(c.Out(0), op.Mask, c.In(0), c.In(1)) }

func (op *where) Backward(c *Call) {
	g := c.GradOut(0)
	t := c.header.Bind(c.Scratch(g.Len()), g.Shape())
	if dst, first := c.GradIn(0); dst != nil {
		sumGrad(dst, tensor.WhereTo(t, op.Mask, g, &zero), first)
	}
	if dst, first := c.GradIn(1); dst != nil {
		sumGrad(dst, tensor.WhereTo(t, op.Mask, &zero, g), first)
	}
}

var zero = *tensor.New([]float32{0})

// Where returns the elements of a where mask is true and those of b elsewhere,
// all three broadcast to a common shape. The tape reads mask until Reset.
func Where(mask *tensor.Bools, a, b *Var) *Var { return apply2(where{mask}, a, b) }

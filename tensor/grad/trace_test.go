package grad

import (
	"context"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// counted counts how often it is computed.
type counted struct {
	sameShape
	runs *int
}

func (*counted) Name() string       { return "Counted" }
func (*counted) Needs() Needs       { return Needs{} }
func (op *counted) Forward(c *Call) { *op.runs++; copy(c.Out(0).Data(), c.InData(0)) }
func (*counted) Backward(*Call)     {}

// TestTrace: a trace computes nothing, holds zeros while it lasts, and cannot be
// differentiated; its plan computes, and keeps none of the zeros.
func TestTrace(t *testing.T) {
	runs := 0
	tape := NewTape(Trace, 1)
	x := tape.Input(tensor.Ones(2, 3))
	y := ReLU(AddScalar(Apply(counted{runs: &runs}, x), 1))
	if runs != 0 || !y.Data().Equal(tensor.Zeros(2, 3)) {
		t.Errorf("the trace ran an operation %d times and has the result %v, want zeros", runs, y.Data())
	}
	p, err := tape.Plan([]*Var{x}, []*Var{y}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for i := range 2 {
		p.In(0).Fill(float32(i))
		if err := p.Run(context.Background()); err != nil || runs != i+1 || p.Out(0).At(1, 2) != float32(i+1) {
			t.Errorf("run %d: %d runs, result %v, %v", i, runs, p.Out(0), err)
		}
	}
	if tape.zeros != nil {
		t.Errorf("the plan keeps %d zeros", len(tape.zeros))
	}

	tape = NewTape(Training|Trace, 1)
	z := Sum(tape.Input(tensor.Ones(2)).RequireGrad())
	if err := z.Backward(); err == nil || !strings.Contains(err.Error(), "a trace, which computes nothing") {
		t.Errorf("Backward of a trace: error %v", err)
	}
}

// TestLongLengths: float32 does not tell apart this number of steps and the next, which
// is no length.
func TestLongLengths(t *testing.T) {
	const steps = 1<<24 + 3
	tape := NewTape(Evaluation, 1)
	y := ClearPadding(tape.Input(tensor.Zeros(1, steps)), tape.Input(tensor.Full(float32(steps+1), 1)))
	if err := y.Err(); err == nil || !strings.Contains(err.Error(), "want a whole number from 1 to 16777219") {
		t.Errorf("error %v", err)
	}
}

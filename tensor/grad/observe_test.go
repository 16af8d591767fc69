package grad_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// recorder writes down what it is told.
type recorder struct {
	events []string
	bytes  int
	grad   float32 // of the last output told of in Backward
}

func (r *recorder) note(phase string, c *grad.Call, took time.Duration) {
	if took < 0 {
		phase += " in negative time"
	}
	r.events = append(r.events, fmt.Sprintf("%s %d %s", phase, c.Index(), c.Op().Name()))
}

func (r *recorder) Forward(c *grad.Call, took time.Duration) {
	r.note("forward", c, took)
	outputs, saved := c.Bytes()
	r.bytes += outputs + saved
}

func (r *recorder) Backward(c *grad.Call, took time.Duration) {
	r.note("backward", c, took)
	r.grad = c.GradOut(0).Raw()[0]
}

func TestObserve(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	r := &recorder{}
	tape.Observe(r)
	x := tape.Input(tensor.New([]float32{1, -2}, 2)).RequireGrad()
	if err := grad.Sum(grad.Reshape(grad.MulScalar(grad.ReLU(x), 3), 2, 1)).Backward(); err != nil {
		t.Fatal(err)
	}
	want := []string{"forward 0 ReLU", "forward 1 MulScalar", "forward 3 Sum", "backward 3 Sum", "backward 1 MulScalar", "backward 0 ReLU"}
	if !slices.Equal(r.events, want) {
		t.Errorf("told of %q, want %q", r.events, want)
	}
	if r.bytes != 4*(2+2+1) {
		t.Errorf("calls hold %d bytes, want those of two pairs and a sum, 20", r.bytes)
	}
	if r.grad != 3 {
		t.Errorf("gradient of ReLU's output is %v, want 3", r.grad)
	}
	tape.Reset()
	r.events = nil
	grad.Add(tape.Input(tensor.Zeros(2)), tape.Input(tensor.Zeros(3))) // told of nothing
	tape.Reset()
	tape.Observe()
	grad.ReLU(tape.Input(tensor.Zeros(2)))
	if len(r.events) > 0 {
		t.Errorf("told of %q after an error or the end, want nothing", r.events)
	}
}

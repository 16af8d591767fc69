package workloads

import (
	"context"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// forward is a Run of a module on random numbers of a shape, as a Predictor runs
// networks: memory is laid out and weights are packed before.
func forward(mode grad.Mode, m nn.Module, shape ...int) (Run, error) {
	m, err := nn.Init(1, m)
	if err != nil {
		return nil, err
	}
	tape := grad.NewTape(mode|grad.Trace, 1)
	data := tensor.Normal(1, 0, 1, shape...)
	x := tape.Input(data)
	y := m.Forward(x)
	plan, err := tape.Plan([]*grad.Var{x}, []*grad.Var{y}, nil)
	if err != nil {
		return nil, err
	}
	plan.In(0).Copy(data)
	ctx := context.Background()
	return func() (time.Duration, error) { return 0, plan.Run(ctx) }, nil
}

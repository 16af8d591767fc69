package nn

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// UpdateNorms finds the running statistics of every [BatchNorm] of a network
// anew, as torch.optim.swa_utils.update_bn: the mean over the batches of one pass
// through the loader of the mean and variance in each, with layers in training
// mode. Nothing else of the network changes. It is for weights that were not
// trained themselves, such as averages. The loader stays where it is; after an
// error the network does too.
func UpdateNorms(ctx context.Context, net Module, loader *data.Loader) error {
	if err := updateNorms(ctx, net, loader); err != nil {
		return fmt.Errorf("nn: UpdateNorms: %w", err)
	}
	return nil
}

func updateNorms(ctx context.Context, net Module, loader *data.Loader) (err error) {
	buffers, err := keepBuffers(net)
	if err != nil {
		return err
	}
	norms, err := batchNorms(net)
	if err != nil || len(norms) == 0 {
		return err
	}
	before := loader.Cursor()
	if err := loader.Seek(data.Cursor{Epoch: before.Epoch}); err != nil {
		return err
	}
	defer loader.Seek(before) // no error: it was there before
	momentum := make([]float64, len(norms))
	updated := map[*grad.Param]bool{}
	for i, l := range norms {
		momentum[i] = l.Momentum
		updated[l.RunningMean], updated[l.RunningVar] = true, true
	}
	defer func() {
		for i, l := range norms {
			l.Momentum = momentum[i]
		}
		for p, v := range buffers {
			if err != nil || !updated[p] {
				p.Value.Copy(v)
			}
		}
	}()
	for p := range updated {
		p.Value.Fill(0) // not to be kept, even if it is NaN
	}
	tape := grad.NewTape(grad.Train, 0)
	n := 0
	for b, err := range loader.All(ctx) {
		if err != nil {
			return err
		}
		n++
		for _, l := range norms {
			l.Momentum = 1 / float64(n) // a mean over the batches so far
		}
		if err := commit(tape, net, b); err != nil {
			return err
		}
	}
	if n == 0 {
		return errors.New("the loader has no batches")
	}
	return nil
}

// keepBuffers returns copies of the buffers of a network.
func keepBuffers(net Module) (map[*grad.Param]*tensor.Tensor, error) {
	params, err := collect(net)
	if err != nil {
		return nil, err
	}
	kept := map[*grad.Param]*tensor.Tensor{}
	for _, p := range params {
		if p.Value == nil {
			return nil, fmt.Errorf("parameter %q has no value; call nn.Init or load weights", p.path)
		}
		if p.Buffer() {
			kept[p.Param] = p.Value.Clone()
		}
	}
	return kept, nil
}

// batchNorms returns the batch normalisations of a network.
func batchNorms(net Module) (list []*BatchNorm, err error) {
	err = walk("", net, visit{module: func(_ string, m Module) error {
		if l, ok := m.(*BatchNorm); ok && !slices.Contains(list, l) {
			list = append(list, l)
		}
		return nil
	}})
	return list, err
}

// commit applies a network to a batch and keeps the buffers that it staged.
func commit(tape *grad.Tape, net Module, b *data.Batch) (err error) {
	defer func() {
		if e := tape.Err(); e != nil { // user code may have tripped over an empty result
			recover()
			err = e
		}
		tape.Reset()
	}()
	net.Forward(feed(tape, b.X, b.More))
	if tape.Err() == nil {
		tape.Commit()
	}
	return nil
}

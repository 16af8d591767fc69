package nn

import (
	"cmp"
	"fmt"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// GroupNorm cuts the channels of x [N, Channels, …] into groups and normalises
// each group of each sample, as PyTorch's GroupNorm:
//
//	y = (x − mean)/√(var + ε) · weight + bias
//
// where mean and variance are those of the group, in training and otherwise, so
// that the size of the batch does not matter. Weight and bias are those of the
// channel. A group of a single value is an error. (Wu and He 2018, arXiv
// 1803.08494.)
type GroupNorm struct {
	Groups, Channels int
	Eps              float64 // ε; 0 means 1e-5
	NoAffine         bool    // leaves weight and bias out

	Weight, Bias *grad.Param // start at 1 and 0
}

// NewGroupNorm returns a normalisation of channels in groups. Numbers that cannot
// be are reported by [Init] and by Forward.
func NewGroupNorm(groups, channels int) *GroupNorm {
	l := &GroupNorm{Groups: groups, Channels: channels}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing.
func (l *GroupNorm) Build() error {
	if err := l.check(); err != nil {
		return err
	}
	if !l.NoAffine {
		makeAffine(&l.Weight, &l.Bias, []int{l.Channels})
	}
	return nil
}

func (l *GroupNorm) check() error {
	if l.Groups < 1 || l.Channels < 1 || l.Channels%l.Groups != 0 {
		return fmt.Errorf("nn: GroupNorm: %d channels in %d groups, want groups of equal size", l.Channels, l.Groups)
	}
	return checkEps("GroupNorm", l.Eps)
}

// Forward implements [Module].
func (l *GroupNorm) Forward(x *grad.Var) *grad.Var {
	if err := l.check(); err != nil || l.Weight == nil && !l.NoAffine {
		return x.Tape().Fail("GroupNorm", cmp.Or(err, grad.ErrNoParams))
	}
	op := normalize{Layer: "GroupNorm", Channels: l.Channels, Groups: l.Groups, Eps: cmp.Or(l.Eps, 1e-5)}
	return grad.Apply(op, x, grad.Use(x, l.Weight), grad.Use(x, l.Bias), nil, nil)
}

// InstanceNorm normalises each channel of each sample of x [N, Features, …], as
// PyTorch's InstanceNorm1d and InstanceNorm2d:
//
//	y = (x − mean)/√(var + ε) · weight + bias
//
// Weight and bias are there if Affine. If TrackRunningStats, the optimizer's step
// moves running statistics towards the mean over the batch, as in [BatchNorm], and
// they are used when not training; otherwise mean and variance are always those of
// the channel, of which a single value is an error. (Ulyanov, Vedaldi and Lempitsky
// 2016, arXiv 1607.08022.)
type InstanceNorm struct {
	Features          int
	Eps               float64 // ε; 0 means 1e-5
	Momentum          float64 // 0 means 0.1
	Affine            bool
	TrackRunningStats bool
	// Frozen makes the layer use its running statistics while training, too, and
	// leave them as they are; [Freeze] sets it. Files do not keep it.
	Frozen bool `gannet:"-"`

	Weight, Bias            *grad.Param // start at 1 and 0
	RunningMean, RunningVar *grad.Param // buffers, start at 0 and 1
}

// NewInstanceNorm returns a normalisation of so many channels, without parameters.
// For one that has some write &nn.InstanceNorm{Features: …, Affine: true}.
func NewInstanceNorm(features int) *InstanceNorm {
	l := &InstanceNorm{Features: features}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing.
func (l *InstanceNorm) Build() error {
	if err := l.check(); err != nil {
		return err
	}
	if l.Affine {
		makeAffine(&l.Weight, &l.Bias, []int{l.Features})
	}
	if l.TrackRunningStats {
		makeRunning(&l.RunningMean, &l.RunningVar, l.Features)
	}
	return nil
}

func (l *InstanceNorm) check() error {
	return checkBatch("InstanceNorm", l.Features, l.Eps, l.Momentum)
}

// Forward implements [Module].
func (l *InstanceNorm) Forward(x *grad.Var) *grad.Var {
	if err := l.check(); err != nil || l.Weight == nil && l.Affine || l.RunningMean == nil && l.TrackRunningStats {
		return x.Tape().Fail("InstanceNorm", cmp.Or(err, grad.ErrNoParams))
	}
	op := normalize{
		Layer: "InstanceNorm", Channels: l.Features, Groups: l.Features,
		Eps: cmp.Or(l.Eps, 1e-5), Momentum: cmp.Or(l.Momentum, 0.1), Frozen: l.Frozen,
	}
	return grad.Apply(op, x, grad.Use(x, l.Weight), grad.Use(x, l.Bias), grad.Use(x, l.RunningMean), grad.Use(x, l.RunningVar))
}

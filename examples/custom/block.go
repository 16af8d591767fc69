package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Scale is a layer of our own with a parameter: it multiplies each channel by a
// number that is learnt and small at first (LayerScale; Touvron et al. 2021, arXiv
// 2103.17239),
//
//	y[n, c, h, w] = gamma[c]·x[n, c, h, w]
//
// so that a block with a way around it starts as little more than the way.
type Scale struct {
	Channels int
	Initial  float64

	Gamma *grad.Param // [Channels]; its name in files is "gamma"
}

func init() { nn.Register("custom.Scale", &Scale{}) }

// Build checks the settings and makes the parameter. It has no value until nn.Init
// draws one or nn.Load reads it.
func (s *Scale) Build() error {
	if s.Channels < 1 {
		return fmt.Errorf("custom: Scale: %d channels, want at least 1", s.Channels)
	}
	if s.Gamma == nil {
		s.Gamma = grad.NewParam(grad.Constant(float32(s.Initial)), s.Channels)
	}
	return nil
}

// Forward implements [nn.Module]. Whatever is wrong stays on the tape as an error.
func (s *Scale) Forward(x *grad.Var) *grad.Var {
	switch shape := x.Shape(); {
	case x.Err() != nil:
		return x
	case s.Gamma == nil:
		return x.Tape().Fail("Scale", cmp.Or(s.Build(), grad.ErrNoParams))
	case len(shape) != 4 || shape[1] != s.Channels:
		return x.Tape().Fail("Scale", fmt.Errorf("input has shape %v, want [batch, %d, height, width]", shape, s.Channels))
	}
	return grad.Mul(x, grad.Reshape(grad.Use(x, s.Gamma), s.Channels, 1, 1))
}

// Block is a part of a network of our own: a struct whose exported fields are its
// layers.
type Block struct {
	Conv1, Conv2 *conv.Conv2D
	Maxout       *Maxout
	Scale        *Scale
}

func init() { nn.Register("custom.Block", &Block{}) }

// NewBlock returns a block that keeps the number of channels and the size of
// pictures.
func NewBlock(channels, pieces int) *Block {
	return &Block{
		Conv1: conv.New2D(channels, pieces*channels, 3, conv.Same), Maxout: &Maxout{pieces},
		Conv2: conv.New2D(channels, channels, 3, conv.Same), Scale: &Scale{Channels: channels, Initial: 0.1},
	}
}

// Build checks that nothing is missing, which a file may leave out.
func (b *Block) Build() error {
	if b.Conv1 == nil || b.Conv2 == nil || b.Maxout == nil || b.Scale == nil {
		return errors.New("custom: Block: a layer is nil")
	}
	return nil
}

// Forward implements [nn.Module].
func (b *Block) Forward(x *grad.Var) *grad.Var {
	h := b.Maxout.Forward(b.Conv1.Forward(x))
	return grad.Add(x, b.Scale.Forward(b.Conv2.Forward(h)))
}

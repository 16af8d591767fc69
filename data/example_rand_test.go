package data_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// dirt changes one number of a sample, at a random place, or none.
type dirt struct{}

func (dirt) Shape(in tensor.Shape) (tensor.Shape, error) { return in, nil }

func (dirt) Apply(dst, src *tensor.Tensor, r *data.Rand) error {
	copy(dst.Data(), src.Data())
	if r.Float32() < 0.75 {
		dst.Data()[r.IntN(dst.Len())] += r.Normal()
	}
	return nil
}

// A transform takes all its randomness from its Rand, so that the same seed, epoch
// and sample give the same result.
func ExampleRand() {
	epochs(tensor.Make[float32](4), dirt{})
	// Output:
	// [0.00 0.00 0.00 1.39]
	// [1.40 0.00 0.00 0.00]
	// [0.14 0.00 0.00 0.00]
}

// blend is the mean of a picture and of what a pipeline makes of it.
type blend struct{ with data.Pipeline }

func (b blend) Shape(in tensor.Shape) (tensor.Shape, error) { return b.with.Shape(in) }

func (b blend) Apply(dst, src *tensor.Tensor, r *data.Rand) error {
	if err := b.with.Apply(dst, src.Clone(), r); err != nil { // which may overwrite its input
		return err
	}
	for i, v := range src.Data() {
		dst.Data()[i] = (dst.Data()[i] + v) / 2
	}
	return nil
}

// A transform that contains a pipeline hands its Rand on.
func ExamplePipeline_Apply() {
	x, err := data.Pipeline{blend{data.Pipeline{data.RandomHorizontalFlip(1)}}}.Run(digits(1, 4))
	fmt.Printf("%.2f %v\n", x.Data(), err)
	// Output: [0.15 0.15 0.15 0.15] <nil>
}

package data_test

import (
	"context"
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// points returns six points on a line, the last three of class 1.
func points() data.Dataset {
	x := tensor.New([]float32{0, 1, 2, 3, 4, 5}, 6, 1)
	return data.Tensors(x, tensor.New([]int{0, 0, 0, 1, 1, 1}, 6))
}

func Example() {
	loader := data.NewLoader(points(), data.BatchSize(4))
	for batch, err := range loader.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.X.Data(), batch.Y.(*tensor.Ints).Data())
	}
	// Output:
	// [0 1 2 3] [0 0 0 1]
	// [4 5] [1 1]
}

func ExampleLoader_Seek() {
	ctx := context.Background()
	loader := data.NewLoader(points(), data.BatchSize(2), data.Shuffle(1))
	for batch := range loader.All(ctx) {
		fmt.Println(batch.Index)
		break // after one of three batches
	}
	resumed := data.NewLoader(points(), data.BatchSize(2), data.Shuffle(1))
	if err := resumed.Seek(loader.Cursor()); err != nil {
		fmt.Println(err)
		return
	}
	for batch := range resumed.All(ctx) {
		fmt.Println(batch.Number, batch.Index)
	}
	// Output:
	// [1 4]
	// 1 [0 3]
	// 2 [2 5]
}

func ExampleMap() {
	pixels := tensor.New([]uint8{0, 51, 102, 153}, 1, 1, 2, 2) // one grey picture of 2x2
	ds := data.Map(data.Images(pixels, tensor.New([]int{0}, 1), []string{"square"}),
		data.Pad(1, 0, 0, 0),
		data.RandomHorizontalFlip(1),
		data.Normalize([]float32{0.2}, []float32{0.2}))
	s, err := data.Get(ds, 0)
	fmt.Println(s.X.Shape(), err)
	fmt.Printf("%.1f\n", s.X.Data())
	// Output:
	// [1 2 3] <nil>
	// [0.0 -1.0 -1.0 2.0 1.0 -1.0]
}

func ExampleMap_error() {
	ds := data.Map(points(), data.CenterCrop(24))
	fmt.Println(ds.Spec().Err)
	// Output: data: Map: transform 0: CenterCrop: input has shape [1], want [C, H, W]
}

func ExampleStratifiedSplit() {
	parts, err := data.StratifiedSplit(points(), 1, 2./3, 1./3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, part := range parts {
		var labels []int
		for i := range part.Len() {
			label, _ := data.Label(part, i)
			labels = append(labels, label)
		}
		fmt.Println(labels)
	}
	// Output:
	// [0 0 1 1]
	// [0 1]
}

// squares is a data set that computes its samples: x and x².
type squares int

func (n squares) Len() int        { return int(n) }
func (n squares) Spec() data.Spec { return data.Spec{X: tensor.Shape{1}, Y: tensor.Shape{}} }

func (n squares) Read(i int, dst data.Sample) error {
	dst.X.Set(float32(i), 0)
	dst.Y.(*tensor.Tensor).Set(float32(i * i))
	return nil
}

func ExampleDataset() {
	for batch, err := range data.NewLoader(squares(4)).All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.X.Data(), batch.Y.(*tensor.Tensor).Data())
	}
	// Output: [0 1 2 3] [0 1 4 9]
}

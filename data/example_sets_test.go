package data_test

import (
	"context"
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// rare returns ten points, of which the last two are of class 1.
func rare() data.Dataset {
	x := tensor.New([]float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 10, 1)
	return data.Tensors(x, tensor.New([]int{0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, 10))
}

// show prints the samples of two epochs.
func show(loader *data.Loader) {
	for range 2 {
		for batch, err := range loader.All(context.Background()) {
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(batch.X.Data())
		}
	}
}

func ExampleBalanced() {
	show(data.NewLoader(rare(), data.Balanced(), data.Seed(1)))
	// Output:
	// [6 8 9 5 4 1 3 8 8 9]
	// [0 8 5 7 9 8 1 9 9 2]
}

func ExampleWeighted() {
	weights := []float64{1, 1, 1, 1, 1, 1, 1, 1, 4, 4} // half of the draws are of class 1
	show(data.NewLoader(rare(), data.Weighted(weights, 12), data.Seed(1)))
	// Output:
	// [2 6 6 1 9 9 6 8 1 3 8 2]
	// [8 7 2 8 9 8 9 4 6 1 2 9]
}

func ExampleMix() {
	a := data.Tensors(tensor.New([]float32{0, 1, 2, 3, 4, 5, 6, 7}, 8, 1), tensor.Make[int](8))
	b := data.Tensors(tensor.New([]float32{100, 101}, 2, 1), tensor.Make[int](2))
	show(data.NewLoader(data.Mix([]float64{2, 1}, 6, a, b), data.Seed(1)))
	// Output:
	// [1 100 2 0 101 6]
	// [3 101 7 5 100 4]
}

func ExampleKFold() {
	folds, err := data.KFold(points(), 3, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, fold := range folds {
		fmt.Println(fold.Train.Len(), fold.Valid.Len())
	}
	// Output:
	// 4 2
	// 4 2
	// 4 2
}

func ExampleStratifiedKFold() {
	folds, err := data.StratifiedKFold(rare(), 2, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, fold := range folds {
		var labels []int
		for i := range fold.Valid.Len() {
			label, _ := data.Label(fold.Valid, i)
			labels = append(labels, label)
		}
		fmt.Println(labels)
	}
	// Output:
	// [0 0 0 0 1]
	// [0 0 0 0 1]
}

func ExampleSplitByHash() {
	names := []string{"eve.png", "ada.png", "bob.png", "fay.png", "cleo.png", "dan.png"}
	for n := 4; n <= 6; n++ { // as pictures come in
		var indices []int
		for i := range n {
			indices = append(indices, i)
		}
		parts, err := data.SplitByHash(data.Subset(points(), indices), func(i int) string { return names[i] }, 0.6, 0.4)
		if err != nil {
			fmt.Println(err)
			return
		}
		var held [2][]string
		for k, part := range parts {
			for i := range part.Len() {
				s, _ := data.Get(part, i)
				held[k] = append(held[k], names[int(s.X.Item())])
			}
		}
		fmt.Println(held)
	}
	// Output:
	// [[ada.png bob.png] [eve.png fay.png]]
	// [[ada.png bob.png cleo.png] [eve.png fay.png]]
	// [[ada.png bob.png cleo.png dan.png] [eve.png fay.png]]
}

func ExampleCache() {
	photos := squares(1000) // stands for pictures that take long to decode
	ds := data.Cache(photos, 64<<20)
	s, err := data.Get(ds, 7) // reads it
	fmt.Println(s.X.Data(), err)
	s, err = data.Get(ds, 7) // copies it from memory
	fmt.Println(s.X.Data(), err)
	// Output:
	// [7] <nil>
	// [7] <nil>
}

func ExampleCache_error() {
	pictures := data.Images(tensor.Make[uint8](1, 3, 4, 4), tensor.Make[int](1), nil)
	ds := data.Cache(data.Map(pictures, data.RandomCrop(4, 1)), 1<<20)
	_, err := data.Get(ds, 0)
	fmt.Println(err)
	// Output: data: Cache: transform 0 of a Map is random; put the Map above the Cache
}

func ExampleSpec_Fits() {
	spec := points().Spec()
	fmt.Println(spec.Fits(data.NewSample(spec)))
	fmt.Println(spec.Fits(data.Sample{X: tensor.Make[float32](2)}))
	// Output:
	// <nil>
	// dst.X has shape [2], want [1]
}

package data_test

import (
	"context"
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// A picture and a row of a table belong to every sample.
func ExampleZip() {
	pictures := data.Images(tensor.Make[uint8](6, 3, 8, 8), tensor.New([]int{0, 1, 0, 1, 0, 1}, 6), nil)
	rows := data.Tensors(tensor.Uniform(1, 0, 1, 6, 5), tensor.Make[int](6)) // whose targets do not matter
	both := data.Zip(data.Map(pictures, data.CenterCrop(4)), rows)
	for batch, err := range data.NewLoader(both, data.BatchSize(4)).All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.X.Shape(), batch.More[0].Shape(), batch.Y.Shape())
	}
	// Output:
	// [4 3 4 4] [4 5] [4]
	// [2 3 4 4] [2 5] [2]
}

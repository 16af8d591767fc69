package data_test

import (
	"context"
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
)

// lines returns sequences of 1 to 6 numbers.
func lines() data.Dataset {
	return text.Classified([][]int{{1}, {2, 2, 2, 2, 2, 2}, {3, 3}, {4, 4, 4, 4, 4}, {5, 5}, {6}}, make([]int, 6), []string{"line"})
}

// Batches hold lines of similar lengths and are as long as the longest of them.
func ExampleByLength() {
	loader := data.NewLoader(lines(), data.BatchSize(2), data.ByLength(), data.Trim(), data.Seed(1))
	for batch, err := range loader.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.X.Shape(), batch.More[0])
	}
	// Output:
	// [2 1] [1. 1.]
	// [2 2] [2. 2.]
	// [2 6] [5. 6.]
}

func ExampleTrim() {
	loader := data.NewLoader(data.Subset(lines(), []int{0, 2}), data.Trim())
	for batch, err := range loader.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.X, batch.More[0])
	}
	// Output:
	// [[1. 0.]
	//  [3. 3.]] [1. 2.]
}

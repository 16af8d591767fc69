package data_test

import (
	"context"
	"fmt"

	"github.com/gannet-ml/gannet/data"
)

func ExampleLoader_Batches() {
	fmt.Println(data.NewLoader(squares(10), data.BatchSize(4)).Batches())
	broken := data.NewLoader(squares(10), data.BatchSize(0))
	fmt.Println(broken.Batches(), broken.Err())
	// Output:
	// 3
	// 0 data: Loader: batch size is 0, want at least 1
}

// The two samples that do not fill a batch are others in every epoch.
func ExampleDropLast() {
	loader := data.NewLoader(squares(10), data.BatchSize(4), data.Shuffle(1), data.DropLast())
	fmt.Println(loader)
	fmt.Println(loader.Batches())
	show(loader)
	// Output:
	// 10 samples, batches of 4, shuffled, whole ones only, seed 1
	// 2
	// [1 4 7 8]
	// [2 5 3 0]
	// [4 3 8 9]
	// [6 1 2 0]
}

// How many goroutines read, and how far ahead, does not change what is read.
func ExampleWorkers() {
	ctx := context.Background()
	for _, n := range []int{1, 8} {
		loader := data.NewLoader(squares(6), data.BatchSize(3), data.Shuffle(1), data.Workers(n), data.Prefetch(n))
		for batch, err := range loader.All(ctx) {
			fmt.Println(n, batch.X.Data(), err)
		}
	}
	// Output:
	// 1 [1 4 0] <nil>
	// 1 [3 2 5] <nil>
	// 8 [1 4 0] <nil>
	// 8 [3 2 5] <nil>
}

// 0 reads nothing that is not asked for, for a loop that ends early.
func ExamplePrefetch() {
	loader := data.NewLoader(squares(1000), data.BatchSize(2), data.Prefetch(0), data.Workers(1))
	for batch, err := range loader.All(context.Background()) {
		fmt.Println(batch.X.Data(), err)
		break
	}
	// Output: [0 1] <nil>
}

package optim_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// While the network has the averages it can be evaluated, but the average takes
// no weights in.
func ExampleAverage_Swapped() {
	w := param("w", 1)
	ema := optim.NewEMA([]*grad.Param{w}, 0.9)
	fmt.Println(ema.Update(), ema.Swapped())
	ema.Swap()
	fmt.Println(ema.Swapped(), ema.Update())
	// Output:
	// <nil> false
	// true optim: Average: the network has the averages; Swap before Update
}

// Of twelve steps the average takes in every third.
func ExampleAverage_Updates() {
	w := param("w", 0)
	swa := optim.NewSWA([]*grad.Param{w})
	for step := range 12 {
		w.Value.Fill(float32(step))
		if step%3 == 2 {
			if err := swa.Update(); err != nil {
				fmt.Println(err)
			}
		}
	}
	swa.Swap()
	fmt.Println(swa.Updates(), "updates, mean", w.Value.Item())
	// Output: 4 updates, mean 6.5
}

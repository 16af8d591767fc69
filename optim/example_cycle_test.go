package optim_test

import "github.com/gannet-ml/gannet/optim"

// The defaults, a cycle that rises for half of its steps, one that begins at half
// of the peak and ends at a quarter of it, and straight lines.
func ExampleOneCycle() {
	curve(optim.OneCycle(13))
	curve(optim.OneCycle(13, optim.PctStart(0.5)))
	curve(optim.OneCycle(13, optim.DivFactor(2), optim.FinalDivFactor(2)))
	curve(optim.OneCycle(13, optim.LinearAnneal))
	// Output:
	// [0.04 0.79 0.96 0.74 0.41 0.11 0.00]
	// [0.04 0.32 0.83 0.99 0.68 0.22 0.00]
	// [0.50 0.89 0.97 0.80 0.55 0.34 0.25]
	// [0.04 0.70 0.88 0.66 0.44 0.22 0.00]
}

package conv_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/tensor"
)

// The two ways to compute a convolution agree to some millionths of the largest
// result, which is 30 here.
func ExampleNoWinograd() {
	x, w := tensor.Uniform(1, -1, 1, 1, 64, 16, 16), tensor.Uniform(2, -1, 1, 64, 64, 3, 3)
	fast := conv.New2D(64, 64, 3, conv.Same).Settings
	plain := conv.New2D(64, 64, 3, conv.Same, conv.NoWinograd).Settings
	y, z := conv.Forward2D(x, w, nil, fast), conv.Forward2D(x, w, nil, plain)
	fmt.Println("same bits:", y.Equal(z))
	fmt.Println("within 0.0002:", tensor.AllClose(y, z, 0, 2e-4))
	// Output:
	// same bits: false
	// within 0.0002: true
}

package conv

import "github.com/gannet-ml/gannet/internal/winograd"

// ForceWinograd makes every convolution that can use a form of Winograd's algorithm use
// it, until restore is called.
func ForceWinograd(f winograd.Form) (restore func()) {
	force = f
	return func() { force = winograd.Form{} }
}

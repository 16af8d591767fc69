package conv

// ForceWinograd makes every convolution that can use it use Winograd's algorithm
// with tiles of the given size, until restore is called.
func ForceWinograd(tile int) (restore func()) {
	force = tile
	return func() { force = 0 }
}

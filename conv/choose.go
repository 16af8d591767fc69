package conv

// The rules by which a convolution gets its method follow from its geometry alone,
// never from the batch, the level or the number of workers.

// depthwise returns whether each output channel sees one of several input channels,
// in a geometry that package depthwise has: a stride of 1 or 2, the same in rows and
// columns, no dilation, padding before the picture less than the kernel, and nothing
// empty. It takes kernels and rows whole, so they are bounded.
func (g *geometry) depthwise() bool {
	const maxTaps, maxWidth = 64, 1 << 13
	if g.c < 2 || g.groups != g.c || g.o < 1 || g.dilation != [2]int{1, 1} || g.taps() > maxTaps || g.padded()[1] > maxWidth {
		return false
	}
	for i := range 2 {
		if g.in[i] < 1 || g.out[i] < 1 || g.before[i] >= g.kernel[i] {
			return false
		}
	}
	return g.stride == [2]int{1, 1} || g.stride == [2]int{2, 2}
}

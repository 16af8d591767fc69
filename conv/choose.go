package conv

// The rules by which a convolution gets its method follow from its geometry alone,
// never from the level or the number of workers. Only that of the weights' gradient, a
// sum over the batch whose bits are the same either way, looks at the batch.

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

// leastChannels are the channels from which Winograd's algorithm wins on both sides
// with tiles of either size: with few, its transforms cost more than the products that
// they save. Times as fast as the product of matrices, with tiles of 2 and of 4, it was
// 1.2 and 2.0 for 16 to 32 channels of 16×16, 0.8 and 1.4 for 8 to 16 channels of 32×32,
// 0.5 and 0.8 for 3 to 32 channels: go test -bench 'Winograd/.*/batch=32/op=fwd' ./conv,
// one core of an AMD EPYC (Zen 5, AVX-512), 2026-11-24. mostWeights bounds the
// transformed weights, four times as large as the kernels, to 150 MB.
const (
	leastChannels = 16
	mostWeights   = 1 << 20
)

// force, which tests set, is the tile for every convolution that can have one.
var force int

// tile chooses the algorithm of a convolution, or of a gradient with respect to the
// input, from in to out channels of a group whose result is a picture of rows ×
// columns. It returns the rows and columns of the tile for Winograd's algorithm, see
// internal/winograd, or 0 for the product of matrices. The batch has no say, so that
// the result for a picture does not depend on it.
func (g *geometry) tile(in, out, rows, columns int) int {
	one := [2]int{1, 1}
	switch {
	case g.noWinograd || g.kernel != [2]int{3, 3} || g.stride != one || g.dilation != one:
		return 0
	case force > 0:
		return force
	case min(in, out) < leastChannels || in*out > mostWeights:
		return 0
	}
	// The products for a pair of channels. Tiles that hang over the border are
	// computed whole.
	products := func(tile int) float64 {
		return float64((tile+2)*(tile+2)) * float64((rows+tile-1)/tile) * float64((columns+tile-1)/tile)
	}
	small, large, direct := products(2), products(4), 9*float64(rows)*float64(columns)
	switch {
	case min(small, large) > 0.7*direct:
		return 0 // rows of one pixel
	case large < 0.8*small:
		return 4
	}
	return 2 // as fast where the gain is small, and more accurate
}

// forwardTile is the tile for the convolution.
func (g *geometry) forwardTile() int { return g.tile(g.c/g.groups, g.o/g.groups, g.out[0], g.out[1]) }

// dataTile is the tile for the gradient with respect to the input, where that is a
// convolution too.
func (g *geometry) dataTile() int { return g.tile(g.o/g.groups, g.c/g.groups, g.in[0], g.in[1]) }

// weightInPlace returns whether the weights' gradient reads the patches where they
// are, with package wgrad, instead of gathering them for a matrix product. The bits
// are the same. The product gathers every element of the patches for as many
// multiplications as there are output channels; wgrad transposes every weight for as
// many as there are pixels. Both cost about the same, so the larger number decides;
// and with few channels most lanes of wgrad's vectors are idle. BenchmarkWeightGrad
// has cases around these bounds.
func (g *geometry) weightInPlace() bool {
	channels := g.o / g.groups
	return channels >= 8 && g.n*g.pixels() >= channels
}

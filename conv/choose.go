package conv

import "github.com/gannet-ml/gannet/internal/winograd"

// The rules by which a convolution gets its method follow from its geometry alone,
// never from the level or the number of workers. Only those of the weights' gradient, a
// sum over the batch, look at the batch: Winograd's algorithm wants leastTiles, and so
// the last batch of an epoch, if it is smaller, may be computed in other roundings.

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

// leastChannels are the channels from which Winograd's algorithm wins on both sides:
// with few, its transforms cost more than the products that they save. Times as fast as
// the product of matrices was F(2×2, 3×3), F(4×4, 3×3) and F(2×2, 5×5): 1.2, 2.0 and
// 1.5 for 16 to 32 channels, 0.8, 1.4 and 1.2 for 8 to 16: go test -bench
// 'Winograd/.*/batch=32/op=fwd' ./conv, one core of an AMD EPYC (Zen 5 and, for the last,
// Zen 4, AVX-512), 2026-11-24 and 2026-12-01. mostWeights bounds the transformed weights,
// up to four times as large as the kernels, to 150 MB.
const (
	leastChannels = 16
	mostWeights   = 1 << 20
)

// force, which tests set, is the form for every convolution that can have it.
var force winograd.Form

// form chooses the form of Winograd's algorithm, see internal/winograd, for a convolution,
// or a gradient with respect to the input, from in to out channels of a group whose result
// is a picture of rows × columns; the zero Form stands for the product of matrices. The
// batch has no say, so that the result for a picture does not depend on it.
func (g *geometry) form(in, out, rows, columns int) (best winograd.Form) {
	one := [2]int{1, 1}
	k := g.kernel[0]
	switch {
	case g.noWinograd || g.kernel[1] != k || g.stride != one || g.dilation != one:
		return best
	case force.Kernel == k:
		return force
	case min(in, out) < leastChannels || in*out > mostWeights:
		return best
	}
	// The products for a pair of channels. Tiles that hang over the border are
	// computed whole.
	least := 0.7 * float64(k*k*rows*columns)
	for _, f := range winograd.Forms {
		if f.Kernel != k {
			continue
		}
		n, t := f.Tile+f.Kernel-1, f.Tile
		products := float64(n * n * ((rows + t - 1) / t) * ((columns + t - 1) / t))
		if products < least {
			// Small tiles are as fast where the gain is small, and more accurate.
			best, least = f, 0.8*products
		}
	}
	return best
}

// forwardForm is the form for the convolution.
func (g *geometry) forwardForm() winograd.Form {
	return g.form(g.c/g.groups, g.o/g.groups, g.out[0], g.out[1])
}

// dataForm is the form for the gradient with respect to the input, where that is a
// convolution too.
func (g *geometry) dataForm() winograd.Form {
	return g.form(g.o/g.groups, g.c/g.groups, g.in[0], g.in[1])
}

// weightForm is the form for the gradient with respect to the weights, which is a sum over
// the tiles of the whole batch.
func (g *geometry) weightForm() winograd.Form {
	f := g.forwardForm()
	channels, tiles := min(g.c, g.o)/g.groups, g.n*g.pixels()/max(f.Tile*f.Tile, 1)
	switch {
	case f == none || tiles == 0:
		return none
	case force == none && (f.Tile == 2 && channels < leastForSmall || tiles < leastTiles):
		return none
	}
	return f
}

// For the weights' gradient there are transforms of the input, of the output's gradient
// and of the sums. Times as fast as sums over the pixels was, for 32 pictures, F(4×4,
// 3×3) with 16 to 32 channels 1.3, F(2×2, 5×5) with 16 to 32 channels 0.9 and with 32
// to 64 1.6; and F(4×4, 3×3) with 512 channels and 4 tiles 0.3, with 256 and 16 tiles 1.0,
// and with 128 and 49 tiles 2.4: the benchmark above, op=weight, Zen 4.
const (
	leastForSmall = 32
	leastTiles    = 32
)

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

// Package im2col presents the patches of pictures as factors of a matrix product
// without ever storing them: they are gathered while package gemm packs its
// blocks. Convolutions and convolutional recurrent layers stand on it.
package im2col

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// Patches is the matrix of patches of padded pictures as a factor of a matrix
// product: vector i is output pixel i, element k of it is what kernel tap k sees
// there. It exists only as the blocks that are packed.
type Patches struct {
	Src           []float32
	Base          int    // first element of picture 0
	Picture       int    // distance of pictures
	Pitch         int    // distance of rows
	Stride        [2]int // of the kernel's steps
	Width, Height int    // of the output
	Offsets       []int  // of the taps from a patch's first element
}

// run returns where in a picture the patch of pixel p begins, and how many
// pixels from p on, at most n, have patches that begin Stride[1] apart.
func (s *Patches) run(p, n int) (at, length int) {
	if s.Stride[0] == 1 && s.Stride[1] == 1 && s.Pitch == s.Width { // rows join up
		return p, n
	}
	row, col := p/s.Width, p%s.Width
	return row*s.Stride[0]*s.Pitch + col*s.Stride[1], min(n, s.Width-col)
}

// Pack implements [gemm.Operand].
func (s *Patches) Pack(dst []float32, ld, batch, i0, n, k0, kc int) {
	src := s.Src[s.Base+batch*s.Picture:]
	offsets := s.Offsets[k0 : k0+kc]
	for done := 0; done < n; {
		at, length := s.run(i0+done, n-done)
		if s.Stride[1] == 1 {
			gemm.PackRows(dst[done:], ld, src[at:], offsets, length)
		} else {
			for k, o := range offsets {
				from, to := src[at+o:], dst[k*ld+done:][:length]
				for j := range to {
					to[j] = from[j*s.Stride[1]]
				}
			}
		}
		done += length
	}
}

// Transposed is the transpose: vector i is tap i, element k is output pixel
// k mod P of picture k div P.
type Transposed Patches

// Pack implements [gemm.Operand].
func (t *Transposed) Pack(dst []float32, ld, _, i0, n, k0, kc int) {
	s := (*Patches)(t)
	offsets := s.Offsets[i0 : i0+n]
	pixels := s.Width * s.Height
	for done := 0; done < kc; {
		picture, p := (k0+done)/pixels, (k0+done)%pixels
		at, length := s.run(p, min(kc-done, pixels-p))
		src, to := s.Src[s.Base+picture*s.Picture+at:], dst[done*ld:]
		if s.Stride[1] == 1 {
			gemm.PackCols(to, ld, src, offsets, length)
		} else {
			for i, o := range offsets {
				for j := range length {
					to[j*ld+i] = src[o+j*s.Stride[1]]
				}
			}
		}
		done += length
	}
}

// Planes is the matrix of a batch's channels: vector i is channel i, element k
// is pixel k mod Size of picture k div Size.
type Planes struct {
	Src           []float32
	Base, Picture int // first element, distance of pictures
	Size          int // of a channel
}

// Pack implements [gemm.Operand].
func (s *Planes) Pack(dst []float32, ld, _, i0, n, k0, kc int) {
	var offsets [64]int
	for i := 0; i < n; i += len(offsets) {
		o := offsets[:min(n-i, len(offsets))]
		for j := range o {
			o[j] = (i0 + i + j) * s.Size
		}
		for done := 0; done < kc; {
			picture, p := (k0+done)/s.Size, (k0+done)%s.Size
			length := min(kc-done, s.Size-p)
			gemm.PackCols(dst[done*ld+i:], ld, s.Src[s.Base+picture*s.Picture+p:], o, length)
			done += length
		}
	}
}

// Offsets fills in the offset of every tap, in the order channel, row,
// column of the kernel. If flipped, kernel elements are in reverse order.
func Offsets(dst []int, channels, plane, pitch int, kernel, dilation [2]int, flipped bool) []int {
	dst = dst[:0]
	for c := range channels {
		for h := range kernel[0] {
			for w := range kernel[1] {
				y, x := h, w
				if flipped {
					y, x = kernel[0]-1-h, kernel[1]-1-w
				}
				dst = append(dst, c*plane+y*dilation[0]*pitch+x*dilation[1])
			}
		}
	}
	return dst
}

// Padder copies planes into larger ones with zeros around them, so that gathering
// patches needs no special cases at the border. The zero value is ready; one
// padder pads one thing at a time.
type Padder struct {
	src, dst     []float32
	size, before [2]int
	padded       [2]int
}

// Pad returns x, planes of the given size, with zeros around each plane, and the
// size of the padded planes. Without padding it returns x itself. [Padder.Release]
// ends the use of the result.
func (p *Padder) Pad(x []float32, planes int, size, before, after [2]int) (padded []float32, h, w int) {
	h, w = before[0]+size[0]+after[0], before[1]+size[1]+after[1]
	if h == size[0] && w == size[1] {
		p.dst = nil
		return x, h, w
	}
	*p = Padder{x, mem.Get(planes * h * w), size, before, [2]int{h, w}}
	parallel.For(planes, p)
	return p.dst, h, w
}

// Release gives the copy that Pad made back.
func (p *Padder) Release() {
	mem.Put(p.dst)
	*p = Padder{}
}

// Do implements [parallel.Task]; a part is a plane.
func (p *Padder) Do(_, plane int) {
	src := p.src[plane*p.size[0]*p.size[1]:]
	dst := p.dst[plane*p.padded[0]*p.padded[1]:][:p.padded[0]*p.padded[1]]
	w := p.padded[1]
	clear(dst[:p.before[0]*w])
	for r := range p.size[0] {
		row := dst[(p.before[0]+r)*w:][:w]
		clear(row[:p.before[1]])
		copy(row[p.before[1]:], src[r*p.size[1]:][:p.size[1]])
		clear(row[p.before[1]+p.size[1]:])
	}
	clear(dst[(p.before[0]+p.size[0])*w:])
}

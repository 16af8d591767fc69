package im2col

import "github.com/gannet-ml/gannet/internal/gemm"

// Patches is the matrix of patches of pictures, placed as a [Padder] does, as a factor
// of a matrix product: vector i is output pixel i, element k of it is what kernel tap k
// sees there. It exists only as the blocks that are packed.
type Patches struct {
	Src           []float32
	Base          int   // first element of picture 0
	Picture       int   // distance of pictures
	Pitch         int   // distance of rows
	Width, Height int   // of the output
	Offsets       []int // of the taps from a patch's first element
}

// run returns where in a picture the patch of pixel p begins, and how many
// pixels from p on, at most n, have patches that begin one after the other.
func (s *Patches) run(p, n int) (at, length int) {
	if s.Pitch == s.Width { // rows join up
		return p, n
	}
	row, col := p/s.Width, p%s.Width
	return row*s.Pitch + col, min(n, s.Width-col)
}

// Pack implements [gemm.Operand].
func (s *Patches) Pack(dst []float32, ld, batch, i0, n, k0, kc int) {
	src := s.Src[s.Base+batch*s.Picture:]
	offsets := s.Offsets[k0 : k0+kc]
	for done := 0; done < n; {
		at, length := s.run(i0+done, n-done)
		gemm.PackRows(dst[done:], ld, src[at:], offsets, length)
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
		gemm.PackCols(dst[done*ld:], ld, s.Src[s.Base+picture*s.Picture+at:], offsets, length)
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

package im2col

import (
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// Window is a kernel that moves over pictures with zeros around them: its tap (h, w)
// sees for output pixel (i, j) the pixel
//
//	(i·Stride[0] + h·Dilation[0] - Before[0], j·Stride[1] + w·Dilation[1] - Before[1])
//
// which is zero if it is outside. Pairs are rows, columns.
type Window struct {
	In, Before, Kernel, Stride, Dilation, Out [2]int

	Flipped bool // the taps are in reverse order
}

// A placed plane is one after the other for every phase: the columns, and rows, that
// are equal modulo the stride. Of a phase it holds what the kernel reaches.

// span returns how many rows or columns the kernel covers.
func (w *Window) span(axis int) int { return (w.Kernel[axis]-1)*w.Dilation[axis] + 1 }

// phases returns the number of phases in rows and columns.
func (w *Window) phases() (n [2]int) {
	for i := range n {
		n[i] = min(w.Stride[i], w.span(i))
	}
	return n
}

// size returns that of a phase.
func (w *Window) size() (n [2]int) {
	for i := range n {
		n[i] = w.Out[i] + (w.span(i)-1)/w.Stride[i]
	}
	return n
}

// plane returns the size of a placed plane.
func (w *Window) plane() int {
	n, size := w.phases(), w.size()
	return n[0] * n[1] * size[0] * size[1]
}

// inside returns the positions lo ≤ i < hi, of n, for which i·Stride + at - Before is
// inside of the picture.
func (w *Window) inside(axis, at, n int) (lo, hi int) {
	position := func(i int) int { // from which on i or more is reached
		return min(max(0, (i+w.Before[axis]-at+w.Stride[axis]-1)/w.Stride[axis]), n)
	}
	lo = position(0)
	return lo, max(lo, position(w.In[axis]))
}

// inPlace returns whether pictures are placed as they are.
func (w *Window) inPlace() bool {
	return w.Stride == [2]int{1, 1} && w.Before == [2]int{} && w.size() == w.In
}

// Offsets fills in the offset of every tap in placed planes, in the order channel, row,
// column of the kernel. Dst is the memory for it, if it suffices.
func (w *Window) Offsets(dst []int, channels int) []int {
	dst = dst[:0]
	n, size, plane := w.phases(), w.size(), w.plane()
	for c := range channels {
		for h := range w.Kernel[0] {
			for k := range w.Kernel[1] {
				y, x := h, k
				if w.Flipped {
					y, x = w.Kernel[0]-1-h, w.Kernel[1]-1-k
				}
				y, x = y*w.Dilation[0], x*w.Dilation[1]
				phase := y%w.Stride[0]*n[1] + x%w.Stride[1]
				dst = append(dst, c*plane+(phase*size[0]+y/w.Stride[0])*size[1]+x/w.Stride[1])
			}
		}
	}
	return dst
}

// Padder places pictures for their patches to be gathered. The zero value is ready;
// one padder places one thing at a time.
type Padder struct {
	window   Window
	src, dst []float32
}

// Patches returns the patches that a kernel sees of pictures x, [pictures, channels,
// w.In]: of the first channels, as many as a group has, unless the caller changes Base.
// The offsets of the taps are in the memory of offsets, if that suffices.
// [Padder.Release] ends the use of the result.
func (p *Padder) Patches(x []float32, pictures, channels int, w Window, group int, offsets []int) Patches {
	if !w.inPlace() {
		*p = Padder{w, x, mem.Borrow(pictures * channels * w.plane())}
		parallel.For(pictures*channels, p)
		x = p.dst
	}
	return Patches{
		Src: x, Picture: channels * w.plane(), Pitch: w.size()[1], Width: w.Out[1], Height: w.Out[0], Offsets: w.Offsets(offsets, group),
	}
}

// Release gives the copy that Patches made back.
func (p *Padder) Release() {
	mem.Return(p.dst)
	*p = Padder{}
}

// Do implements [parallel.Task]; a part is a plane.
func (p *Padder) Do(_, plane int) {
	w := &p.window
	n, size := w.phases(), w.size()
	src := p.src[plane*w.In[0]*w.In[1]:]
	dst := p.dst[plane*w.plane():][:w.plane()]
	for h := range n[0] {
		for k := range n[1] {
			w.place(dst[:size[0]*size[1]], src, h, k)
			dst = dst[size[0]*size[1]:]
		}
	}
}

// place copies phase (h, k) of a plane.
func (w *Window) place(dst, src []float32, h, k int) {
	size := w.size()
	top, bottom := w.inside(0, h, size[0])
	left, right := w.inside(1, k, size[1])
	pitch := size[1]
	if top == bottom || left == right {
		clear(dst)
		return
	}
	// What is between the rows of the picture is cleared first: the copy follows while
	// it is in the cache.
	clear(dst[:top*pitch+left])
	for r := top; r < bottom-1 && right-left < pitch; r++ {
		clear(dst[r*pitch+right:][:pitch-right+left])
	}
	clear(dst[(bottom-1)*pitch+right:])
	y, x := top*w.Stride[0]+h-w.Before[0], left*w.Stride[1]+k-w.Before[1]
	take(dst[top*pitch+left:], pitch, src[y*w.In[1]+x:], w.Stride[0]*w.In[1], w.Stride[1], bottom-top, right-left)
}

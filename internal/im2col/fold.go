package im2col

import "github.com/gannet-ml/gannet/internal/parallel"

// Folder adds columns of patches to the pixels that they were gathered from, the
// reverse of what [Patches] is for. The zero value is ready; one folder folds one thing
// at a time.
type Folder struct {
	window      Window
	dst, column []float32
}

// Fold adds columns, [channels·taps, w.Out], to the channels of a picture dst,
// [channels, w.In]. A pixel takes the taps in their order.
func (f *Folder) Fold(dst, columns []float32, channels int, w Window) {
	*f = Folder{w, dst, columns}
	parallel.For(channels, f)
	*f = Folder{}
}

// Do implements [parallel.Task]; a part is a channel.
func (f *Folder) Do(_, channel int) {
	w := &f.window
	pixels := w.Out[0] * w.Out[1]
	dst := f.dst[channel*w.In[0]*w.In[1]:]
	column := f.column[channel*w.Kernel[0]*w.Kernel[1]*pixels:]
	for h := range w.Kernel[0] {
		top, bottom := w.inside(0, h*w.Dilation[0], w.Out[0])
		for k := range w.Kernel[1] {
			left, right := w.inside(1, k*w.Dilation[1], w.Out[1])
			if top < bottom && left < right {
				y, x := top*w.Stride[0]+h*w.Dilation[0]-w.Before[0], left*w.Stride[1]+k*w.Dilation[1]-w.Before[1]
				add(dst[y*w.In[1]+x:], w.Stride[0]*w.In[1], column[top*w.Out[1]+left:], w.Out[1], w.Stride[1], bottom-top, right-left)
			}
			column = column[pixels:]
		}
	}
}

package depthwise

import "github.com/gannet-ml/gannet/internal/vec"

// generic computes a part in plain Go. The conversion of each product to float32
// forbids the compiler to fuse it with the sum, so that results are the same on every
// architecture.
func (c *Conv) generic(n, lo, hi int) {
	in, out, kk := c.In[0]*c.In[1], c.pixels(), c.taps()
	switch {
	case c.what == data && !c.add:
		clear(c.x[(n*c.C+lo)*in : (n*c.C+hi)*in])
	case c.what == weight && !c.add:
		clear(c.w[lo*c.M*kk : hi*c.M*kk])
	}
	pictures := 1
	if c.what == weight {
		pictures = c.N
	}
	for o := lo * c.M; o < hi*c.M; o++ {
		for i := range pictures {
			n := n + i
			y := c.y[(n*c.C*c.M+o)*out:][:out]
			x := c.x[(n*c.C+o/c.M)*in:][:in]
			if c.what == forward && !c.add {
				vec.Fill(y, c.b[min(o, len(c.b)-1)])
			}
			c.plane(y, x, c.w[o*kk:][:kk])
			if c.what == forward && c.Finish != nil {
				c.Finish.Row(y, n, o, 0)
			}
		}
	}
}

// plane adds what one plane gives: for each tap of the kernel in turn, the rows of the
// picture that it meets.
func (c *Conv) plane(y, x, w []float32) {
	step := c.Stride[1]
	c.each(func(t, yi, xi, count int) {
		y, x := y[yi:][:count], x[xi:]
		switch c.what {
		case forward:
			for j := range y {
				y[j] += float32(w[t] * x[j*step])
			}
		case data:
			for j, v := range y {
				x[j*step] += float32(w[t] * v)
			}
		case weight:
			for j, v := range y {
				w[t] += float32(v * x[j*step])
			}
		}
	})
}

// each calls f for each tap t and each row of the output for the run of pixels,
// from yi on, that meet pixels of the picture there, from xi on. The gradient of the
// input takes the taps in reverse.
func (c *Conv) each(f func(t, yi, xi, count int)) {
	for t := range c.taps() {
		if c.what == data {
			t = c.taps() - 1 - t
		}
		h, w := t/c.Kernel[1], t%c.Kernel[1]
		// Columns j with 0 ≤ j·stride + w - before < width.
		first := max(0, (c.Before[1]-w+c.Stride[1]-1)/c.Stride[1])
		room := c.In[1] - 1 + c.Before[1] - w
		if room < 0 {
			continue
		}
		end := min(c.Out[1], room/c.Stride[1]+1)
		for i := range c.Out[0] {
			r := i*c.Stride[0] + h - c.Before[0]
			if r >= 0 && r < c.In[0] && first < end {
				f(t, i*c.Out[1]+first, r*c.In[1]+first*c.Stride[1]+w-c.Before[1], end-first)
			}
		}
	}
}

package wgrad

// tileGeneric is [kernel.tile] in plain Go for vectors of four.
func tileGeneric(c []float32, offsets []int, x, dy []float32, vectors, pictures, rows, cols, picture, row, col int) {
	width := 4 * vectors
	for t := 0; t < len(offsets); t += 2 {
		u := min(t+1, len(offsets)-1) // or the last tap twice, with the same result
		for o := 0; o < width; o += 4 {
			s, r := (*[4]float32)(c[t*width+o:]), (*[4]float32)(c[u*width+o:])
			a, b, at := *s, *r, o
			for p := range pictures {
				for i := range rows {
					from := p*picture + i*row
					a, b = rowGeneric(a, b, x[offsets[t]+from:], x[offsets[u]+from:], dy[at:], width, cols, col)
					at += cols * width
				}
			}
			*s, *r = a, b
		}
	}
}

// rowGeneric adds what a row of pixels contributes to the sums of two taps, as many as
// sixteen registers hold with what they need. The conversion of each product to
// float32 forbids the compiler to fuse it with the sum, so that results are the same
// on every architecture.
func rowGeneric(a, b [4]float32, x, y, dy []float32, width, cols, col int) (_, _ [4]float32) {
	a0, a1, a2, a3 := a[0], a[1], a[2], a[3]
	b0, b1, b2, b3 := b[0], b[1], b[2], b[3]
	for j := range cols {
		u, v, d := x[j*col], y[j*col], (*[4]float32)(dy[j*width:])
		d0, d1, d2, d3 := d[0], d[1], d[2], d[3]
		a0 += float32(u * d0)
		a1 += float32(u * d1)
		a2 += float32(u * d2)
		a3 += float32(u * d3)
		b0 += float32(v * d0)
		b1 += float32(v * d1)
		b2 += float32(v * d2)
		b3 += float32(v * d3)
	}
	return [4]float32{a0, a1, a2, a3}, [4]float32{b0, b1, b2, b3}
}

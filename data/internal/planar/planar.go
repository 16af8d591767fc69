// Package planar turns pictures stored channel by channel, as networks take
// them, into pictures of the standard library.
package planar

import "image"

// Image returns a copy of a picture of h·w bytes in each of c channels. Three
// channels are red, green and blue; of any other number, the first is shown in
// grey.
func Image(pix []uint8, c, h, w int) image.Image {
	area := image.Rect(0, 0, w, h)
	if c != 3 {
		m := image.NewGray(area)
		copy(m.Pix, pix)
		return m
	}
	m := image.NewRGBA(area)
	r, g, b := pix[:h*w], pix[h*w:2*h*w], pix[2*h*w:]
	for i := range r {
		p := m.Pix[4*i : 4*i+4]
		p[0], p[1], p[2], p[3] = r[i], g[i], b[i], 255
	}
	return m
}

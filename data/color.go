package data

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// ColorJitter changes brightness, contrast, saturation and hue of a picture, in
// a random order. The first three are multiplied by factors chosen evenly from
// max(0, 1-a) to 1+a, where a is the argument; to the hue, a number from 0 to 1
// on a circle, one from -hue to hue is added. What is 0 is not changed. With grey
// g = 0.2989·red + 0.587·green + 0.114·blue and clip(v) = min(max(v, 0), 1):
//
//	brightness  y = clip(f·x)
//	contrast    y = clip(f·x + (1-f)·mean(g))
//	saturation  y = clip(f·x + (1-f)·g)
//
// Shapes: [C, H, W], kept, with 1 channel, of which saturation and hue stay, or
// red, green and blue. It is torchvision's ColorJitter.
func ColorJitter(brightness, contrast, saturation, hue float64) Transform {
	return colorJitter{brightness, contrast, saturation, hue}
}

type colorJitter struct {
	Brightness float64 `json:"brightness"`
	Contrast   float64 `json:"contrast"`
	Saturation float64 `json:"saturation"`
	Hue        float64 `json:"hue"`
}

func (t colorJitter) check() error {
	for _, s := range []struct {
		name     string
		value, m float64
	}{{"brightness", t.Brightness, largest}, {"contrast", t.Contrast, largest}, {"saturation", t.Saturation, largest}, {"hue", t.Hue, 0.5}} {
		if !(s.value >= 0 && s.value <= s.m) {
			return fmt.Errorf("ColorJitter: %s is %v, want 0 to %v", s.name, s.value, s.m)
		}
	}
	return nil
}

func (t colorJitter) Shape(in tensor.Shape) (tensor.Shape, error) {
	return colored("ColorJitter", t, in)
}

func (t colorJitter) Apply(dst, src *tensor.Tensor, r *Rand) error {
	copy(dst.Data(), src.Data())
	c := t.choose(r)
	for _, k := range c.order {
		switch {
		case k == 0 && t.Brightness > 0:
			adjustBrightness(dst, c.brightness)
		case k == 1 && t.Contrast > 0:
			adjustContrast(dst, c.contrast)
		case k == 2 && t.Saturation > 0:
			adjustSaturation(dst, c.saturation)
		case k == 3 && t.Hue > 0:
			adjustHue(dst, c.hue)
		}
	}
	return nil
}

// jitter is what a [ColorJitter] has chosen.
type jitter struct {
	order                                 [4]int
	brightness, contrast, saturation, hue float32
}

func (t colorJitter) choose(r *Rand) jitter {
	c := jitter{order: [4]int{0, 1, 2, 3}}
	for i := 3; i > 0; i-- {
		j := r.IntN(i + 1)
		c.order[i], c.order[j] = c.order[j], c.order[i]
	}
	factor := func(a float64) float32 { return float32(r.uniform(max(1-a, 0), 1+a)) }
	c.brightness, c.contrast, c.saturation = factor(t.Brightness), factor(t.Contrast), factor(t.Saturation)
	c.hue = float32(r.uniform(-t.Hue, t.Hue))
	return c
}

// Grayscale makes a grey picture of a coloured one, in 1 channel or in 3 equal
// ones:
//
//	y = 0.2989·red + 0.587·green + 0.114·blue
//
// Shapes: [3, H, W] or, of which the values stay, [1, H, W] to [channels, H, W].
// It is torchvision's Grayscale.
func Grayscale(channels int) Transform { return grayscale{channels} }

type grayscale struct {
	Channels int `json:"channels"`
}

func (t grayscale) check() error {
	if t.Channels != 1 && t.Channels != 3 {
		return fmt.Errorf("Grayscale: %d channels, want 1 or 3", t.Channels)
	}
	return nil
}

func (t grayscale) Shape(in tensor.Shape) (tensor.Shape, error) {
	if _, err := colored("Grayscale", t, in); err != nil {
		return nil, err
	}
	return tensor.Shape{t.Channels, in[1], in[2]}, nil
}

func (t grayscale) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	y := dst.Data()
	n := len(y) / t.Channels
	p := planesOf(src)
	for i := range n {
		y[i] = p.gray(i)
	}
	for c := 1; c < t.Channels; c++ {
		copy(y[c*n:], y[:n])
	}
	return nil
}

// RandomGrayscale makes a picture grey, as [Grayscale] does, with probability p.
// Shapes: [C, H, W], kept, with 1 or 3 channels. It is torchvision's
// RandomGrayscale.
func RandomGrayscale(p float64) Transform { return randomGrayscale{p} }

type randomGrayscale struct {
	P float64 `json:"p"`
}

func (t randomGrayscale) check() error { return probability("RandomGrayscale", t.P) }

func (t randomGrayscale) Shape(in tensor.Shape) (tensor.Shape, error) {
	return colored("RandomGrayscale", t, in)
}

func (t randomGrayscale) Apply(dst, src *tensor.Tensor, r *Rand) error {
	if !r.chance(t.P) {
		copy(dst.Data(), src.Data())
		return nil
	}
	return grayscale{src.Dim(0)}.Apply(dst, src, nil)
}

// colored returns the shape of a picture of 1 or 3 channels, which is kept.
func colored(op string, t checker, in tensor.Shape) (tensor.Shape, error) {
	if _, _, err := picture(op, t, in); err != nil {
		return nil, err
	}
	if in[0] != 1 && in[0] != 3 {
		return nil, fmt.Errorf("%s: input has shape %v, want 1 or 3 channels", op, in)
	}
	return in, nil
}

// planes are the channels of a picture; those of a grey one are the same.
type planes struct {
	r, g, b []float32
	grey    bool
}

func planesOf(x *tensor.Tensor) planes {
	v := x.Data()
	if x.Dim(0) == 1 {
		return planes{v, v, v, true}
	}
	n := len(v) / 3
	return planes{v[:n], v[n : 2*n], v[2*n:], false}
}

// gray returns the brightness of pixel i.
func (p *planes) gray(i int) float32 {
	if p.grey {
		return p.r[i]
	}
	return 0.2989*p.r[i] + 0.587*p.g[i] + 0.114*p.b[i]
}

// clip returns the number from 0 to 1 nearest to v.
func clip(v float32) float32 { return min(max(v, 0), 1) }

func adjustBrightness(x *tensor.Tensor, f float32) {
	v := x.Data()
	for i := range v {
		v[i] = clip(f * v[i])
	}
}

func adjustContrast(x *tensor.Tensor, f float32) {
	p := planesOf(x)
	sum := 0.0
	for i := range p.r {
		sum += float64(p.gray(i))
	}
	shift := (1 - f) * float32(sum/float64(max(len(p.r), 1)))
	v := x.Data()
	for i := range v {
		v[i] = clip(f*v[i] + shift)
	}
}

func adjustSaturation(x *tensor.Tensor, f float32) {
	p := planesOf(x)
	if p.grey {
		return
	}
	for i := range p.r {
		shift := (1 - f) * p.gray(i)
		p.r[i] = clip(f*p.r[i] + shift)
		p.g[i] = clip(f*p.g[i] + shift)
		p.b[i] = clip(f*p.b[i] + shift)
	}
}

// adjustHue adds a part of the circle, from -½ to ½, to the hue of pixels, in the
// model of hue, saturation and value (Smith, Color gamut transform pairs, 1978).
func adjustHue(x *tensor.Tensor, shift float32) {
	p := planesOf(x)
	if p.grey {
		return
	}
	for i := range p.r {
		h, s, v := toHSV(p.r[i], p.g[i], p.b[i])
		h += shift
		p.r[i], p.g[i], p.b[i] = fromHSV(h-floor(h), s, v)
	}
}

func floor(x float32) float32 { return float32(math.Floor(float64(x))) }

// toHSV returns the hue, a part of the circle from red over green to blue, the
// saturation and the value of a colour. Grey has hue and saturation 0.
func toHSV(r, g, b float32) (h, s, v float32) {
	v = max(r, g, b)
	d := v - min(r, g, b)
	if !(d > 0) {
		return 0, 0, v
	}
	switch v {
	case r:
		h = (g - b) / d
	case g:
		h = (b-r)/d + 2
	default:
		h = (r-g)/d + 4
	}
	h /= 6
	return h - floor(h), d / v, v
}

// fromHSV is the inverse of toHSV, for 0 ≤ h ≤ 1.
func fromHSV(h, s, v float32) (r, g, b float32) {
	sector := floor(h * 6)
	f := h*6 - sector
	low, falling, rising := clip(v*(1-s)), clip(v*(1-s*f)), clip(v*(1-s*(1-f)))
	switch sector {
	case 1:
		return falling, v, low
	case 2:
		return low, v, rising
	case 3:
		return low, falling, v
	case 4:
		return rising, low, v
	case 5:
		return v, low, falling
	}
	return v, rising, low
}

package data

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// RandAugment applies so many operations, chosen at random from 14, one after
// the other, with a common magnitude from 0 to 30:
//
//	identity, autocontrast, equalize
//	shear x, shear y        to either side, by up to 0.3
//	translate x, y          to either side, by up to 150/331 of the picture
//	rotate                  to either side, by up to 30 degrees
//	brightness, colour,
//	contrast, sharpness     by factors 1±m, where m is up to 0.9
//	posterize               keeping 8 bits of a byte, down to 4
//	solarize                inverting bytes from 255 on, down to 0
//
// A magnitude of 30 means the furthest. Shapes: [C, H, W], kept, with 1 or 3
// channels of numbers from 0 to 1.
//
// It is torchvision's RandAugment, for which (2, 9) is the default, with numbers
// that are not rounded to bytes after each operation; equalize, posterize and
// solarize take them as bytes. Source: Cubuk et al., RandAugment: Practical
// automated data augmentation with a reduced search space, 2019. Options:
// [Nearest], the default, [Bilinear] and [Fill].
func RandAugment(operations, magnitude int, opts ...TransformOption) Transform {
	t := &randAugment{Operations: operations, Magnitude: magnitude, Interpolation: nearest}
	return configure("RandAugment", t, choices{interpolation: &t.Interpolation, fill: &t.Fill}, opts)
}

type randAugment struct {
	Operations    int           `json:"operations"`
	Magnitude     int           `json:"magnitude"`
	Interpolation interpolation `json:"interpolation"`
	Fill          []float32     `json:"fill,omitempty"`
}

// The largest magnitude, and a bound on the work for a sample.
const (
	maxMagnitude  = 30
	maxOperations = 64
)

func (t *randAugment) check() error {
	if t.Operations < 0 || t.Operations > maxOperations {
		return fmt.Errorf("RandAugment: %d operations, want 0 to %d", t.Operations, maxOperations)
	}
	if t.Magnitude < 0 || t.Magnitude > maxMagnitude {
		return fmt.Errorf("RandAugment: magnitude is %d, want 0 to %d", t.Magnitude, maxMagnitude)
	}
	return t.Interpolation.check("RandAugment", nearest, bilinear)
}

func (t *randAugment) Shape(in tensor.Shape) (tensor.Shape, error) {
	return augmentable("RandAugment", t, in, t.Fill)
}

func (t *randAugment) Apply(dst, src *tensor.Tensor, r *Rand) error {
	limits := randReach(src.Dim(-2), src.Dim(-1))
	a := augmenter{dst, src, t.Interpolation, t.Fill}
	for range t.Operations {
		op := operation(r.IntN(operations))
		a.apply(op, limits.choose(op, t.Magnitude, r))
	}
	a.finish(dst)
	return nil
}

// TrivialAugmentWide applies one operation, chosen at random from those of
// [RandAugment], with a random magnitude from 0 to 30. Magnitudes reach further:
// shears up to 0.99, movements up to 32 pixels, rotations up to 135 degrees,
// factors 1±m with m up to 0.99, and posterize down to 2 bits.
//
// It is torchvision's TrivialAugmentWide. Source: Müller and Hutter,
// TrivialAugment: Tuning-free yet state-of-the-art data augmentation, 2021.
// Options: [Nearest], the default, [Bilinear] and [Fill].
func TrivialAugmentWide(opts ...TransformOption) Transform {
	t := &trivialAugmentWide{Interpolation: nearest}
	return configure("TrivialAugmentWide", t, choices{interpolation: &t.Interpolation, fill: &t.Fill}, opts)
}

type trivialAugmentWide struct {
	Interpolation interpolation `json:"interpolation"`
	Fill          []float32     `json:"fill,omitempty"`
}

func (t *trivialAugmentWide) check() error {
	return t.Interpolation.check("TrivialAugmentWide", nearest, bilinear)
}

func (t *trivialAugmentWide) Shape(in tensor.Shape) (tensor.Shape, error) {
	return augmentable("TrivialAugmentWide", t, in, t.Fill)
}

func (t *trivialAugmentWide) Apply(dst, src *tensor.Tensor, r *Rand) error {
	a := augmenter{dst, src, t.Interpolation, t.Fill}
	op := operation(r.IntN(operations))
	a.apply(op, wideReach.choose(op, r.IntN(maxMagnitude+1), r))
	a.finish(dst)
	return nil
}

func augmentable(op string, t checker, in tensor.Shape, fill []float32) (tensor.Shape, error) {
	if _, err := colored(op, t, in); err != nil {
		return nil, err
	}
	return in, checkFill(op, fill, in[0])
}

// operation is one of those that [RandAugment] chooses from.
type operation int

const (
	identity operation = iota
	shearX
	shearY
	translateX
	translateY
	rotate
	brightness
	saturation
	contrast
	sharpness
	posterize
	solarize
	autocontrast
	equalize
	operations = iota
)

// reach says how far operations go with the largest magnitude.
type reach struct {
	shear        float64 // a tangent
	moveX, moveY float64 // pixels
	turn         float64 // degrees
	factor       float64
	bits         float64 // that posterize takes away
}

// randReach returns the limits of [RandAugment] for pictures of h×w pixels.
func randReach(h, w int) reach {
	return reach{shear: 0.3, moveX: 150. / 331 * float64(w), moveY: 150. / 331 * float64(h), turn: 30, factor: 0.9, bits: 4}
}

// wideReach are the limits of [TrivialAugmentWide].
var wideReach = reach{shear: 0.99, moveX: 32, moveY: 32, turn: 135, factor: 0.99, bits: 6}

// amount returns how far an operation goes with a magnitude, and whether it may
// go to the other side as well.
func (m *reach) amount(op operation, magnitude int) (amount float64, signed bool) {
	part := float64(magnitude) / maxMagnitude
	switch op {
	case shearX, shearY:
		return m.shear * part, true
	case translateX:
		return math.Trunc(m.moveX * part), true
	case translateY:
		return math.Trunc(m.moveY * part), true
	case rotate:
		return m.turn * part, true
	case brightness, saturation, contrast, sharpness:
		return m.factor * part, true
	case posterize:
		return float64(8 - round(m.bits*part)), false
	case solarize:
		return 255 * float64(maxMagnitude-magnitude) / maxMagnitude, false
	}
	return 0, false
}

// choose returns the amount of an operation, to either side.
func (m *reach) choose(op operation, magnitude int, r *Rand) float64 {
	amount, signed := m.amount(op, magnitude)
	if signed && r.chance(0.5) {
		return -amount
	}
	return amount
}

// augmenter applies operations to the picture in x, with y as a second place.
type augmenter struct {
	y, x          *tensor.Tensor
	interpolation interpolation
	fill          []float32
}

func (a *augmenter) apply(op operation, amount float64) {
	m := movement{scale: 1}
	switch op {
	case shearX:
		m.shearX, m.corner = amount, true
	case shearY:
		m.shearY, m.corner = amount, true
	case translateX:
		m.moveX = amount
	case translateY:
		m.moveY = amount
	case rotate:
		m.angle = -amount
	default:
		a.recolor(op, amount)
		return
	}
	m.apply(a.y, a.x, a.interpolation, a.fill)
	a.x, a.y = a.y, a.x
}

// recolor applies an operation that leaves everything at its place.
func (a *augmenter) recolor(op operation, amount float64) {
	switch op {
	case brightness:
		adjustBrightness(a.x, float32(1+amount))
	case saturation:
		adjustSaturation(a.x, float32(1+amount))
	case contrast:
		adjustContrast(a.x, float32(1+amount))
	case sharpness:
		adjustSharpness(a.x, float32(1+amount))
	case posterize:
		posterizeTo(a.x, int(amount))
	case solarize:
		solarizeFrom(a.x, amount)
	case autocontrast:
		stretchContrast(a.x)
	case equalize:
		equalizeBytes(a.x)
	}
}

// finish sees to it that the result lies in dst.
func (a *augmenter) finish(dst *tensor.Tensor) {
	if a.x != dst {
		copy(dst.Data(), a.x.Data())
	}
}

// channels calls f for every channel of a picture.
func channels(x *tensor.Tensor, f func(v []float32)) {
	n := x.Dim(-2) * x.Dim(-1)
	for c := range x.Dim(0) {
		f(x.Data()[c*n:][:n])
	}
}

// adjustSharpness blends a picture with a blurred one:
//
//	y = clip(f·x + (1-f)·blurred)
//
// where a pixel is blurred with its neighbours, of which each has a weight of 1
// beside its own 5. Pixels at the edge stay as they are, but for clipping.
func adjustSharpness(x *tensor.Tensor, f float32) {
	h, w := x.Dim(-2), x.Dim(-1)
	if h <= 2 || w <= 2 {
		return
	}
	above, old := mem.Get(w), mem.Get(w) // of the row at work, as they were
	defer mem.Put(above)
	defer mem.Put(old)
	channels(x, func(v []float32) {
		copy(above, v[:w])
		for i := 1; i < h-1; i++ {
			row, below := v[i*w:][:w], v[(i+1)*w:][:w]
			copy(old, row)
			for j := 1; j < w-1; j++ {
				sum := above[j-1] + above[j] + above[j+1] + old[j-1] + 5*old[j] + old[j+1] + below[j-1] + below[j] + below[j+1]
				row[j] = f*old[j] + (1-f)*(sum/13)
			}
			above, old = old, above
		}
		for i, u := range v {
			v[i] = clip(u)
		}
	})
}

// byteOf returns the byte that v, from 0 to 1, is nearest to.
func byteOf(v float32) uint8 {
	if !(v > 0) { // NaN as well
		return 0
	}
	return uint8(min(v, 1)*255 + 0.5)
}

// posterizeTo keeps the upper bits of bytes.
func posterizeTo(x *tensor.Tensor, bits int) {
	mask := uint8(0xff) << (8 - bits)
	for i, v := range x.Data() {
		x.Data()[i] = unit[byteOf(v)&mask]
	}
}

// solarizeFrom inverts values that are, as bytes, at least the limit.
func solarizeFrom(x *tensor.Tensor, limit float64) {
	for i, v := range x.Data() {
		if float64(byteOf(v)) >= limit {
			x.Data()[i] = 1 - v
		}
	}
}

// stretchContrast gives every channel the least value 0 and the largest 1. A
// channel of one value stays.
func stretchContrast(x *tensor.Tensor) {
	channels(x, func(v []float32) {
		if len(v) == 0 {
			return
		}
		lo, hi := vec.MinOf(v), vec.MaxOf(v)
		shift, scale := lo, 1/(hi-lo)
		if !(hi > lo) {
			shift, scale = 0, 1
		}
		for i, u := range v {
			v[i] = clip((u - shift) * scale)
		}
	})
}

// equalizeBytes changes the values of every channel such that, as bytes, they
// are about equally frequent. A channel stays if nearly all of its pixels have
// the same value.
func equalizeBytes(x *tensor.Tensor) {
	channels(x, func(v []float32) {
		var count [256]int
		last := 0
		for _, u := range v {
			b := byteOf(u)
			count[b]++
			last = max(last, int(b))
		}
		// The pixels but for those of the largest value, for one of 255 steps.
		step := (len(v) - count[last]) / 255
		if step == 0 {
			return
		}
		var table [256]float32
		below := step / 2
		for b := range table {
			table[b] = unit[min(below/step, 255)]
			below += count[b]
		}
		for i, u := range v {
			v[i] = table[byteOf(u)]
		}
	})
}

// Package signals makes noisy time series in which a shape is hidden, so that the
// example runs without any data at hand.
//
// A series has two channels that drift and 60 to 100 steps. Somewhere one of the
// channels has one of four shapes, upwards or downwards, wide or narrow:
//
//	bell      rises and falls
//	box       jumps up, stays, and jumps down
//	ramp      rises slowly and drops
//	ring      swings, less and less
//
// Since nobody knows where, in which channel and with which sign, no single value says
// anything, and a linear model is lost.
package signals

import (
	"math"
	"math/rand/v2"

	"github.com/gannet-ml/gannet/data/series"
)

// shapes are functions of the place in the shape, from 0 to 1.
var shapes = []struct {
	name string
	at   func(u float64) float64
}{
	{"bell", func(u float64) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*u) }},
	{"box", func(float64) float64 { return 0.7 }},
	{"ramp", func(u float64) float64 { return u }},
	{"ring", func(u float64) float64 { return 1.2 * math.Exp(-2*u) * math.Sin(6*math.Pi*u) }},
}

const channels, shortest, longest = 2, 60, 100

// Make returns n series, the shapes in turn. Series i depends on the seed and on i
// alone.
func Make(n int, seed uint64) *series.Collection {
	c := &series.Collection{Name: "signals"}
	for _, s := range shapes {
		c.Names = append(c.Names, s.name)
	}
	for i := range n {
		shape := i % len(shapes)
		c.Series = append(c.Series, draw(shapes[shape].at, rand.New(rand.NewPCG(seed, uint64(i)))))
		c.Labels = append(c.Labels, shape)
	}
	return c
}

func draw(shape func(u float64) float64, r *rand.Rand) series.Series {
	steps := shortest + r.IntN(longest-shortest+1)
	s := make(series.Series, channels)
	for k := range s {
		level, drift := r.NormFloat64()/2, r.NormFloat64()/2
		for t := range steps {
			s[k] = append(s[k], float32(level+drift*float64(t)/float64(steps)+0.15*r.NormFloat64()))
		}
	}
	width := 20 + r.IntN(20)
	start := r.IntN(steps - width)
	size := 1 + r.Float64()
	if r.IntN(2) == 0 {
		size = -size
	}
	values := s[r.IntN(channels)]
	for t := range width {
		values[start+t] += float32(size * shape(float64(t)/float64(width)))
	}
	return s
}

package oip

import "math"

// Limits bounds what a request or response may hold. The zero of each field stands
// for its default. The length of the body is the caller's to bound, by
// [net/http.MaxBytesHandler] for example.
type Limits struct {
	Depth      int // of nested JSON; 100
	Inputs     int // 256
	Outputs    int // 256
	Rank       int // axes of a shape; 16
	Elements   int // of all tensors together; 2²⁶
	String     int // bytes of a name, an id, or a parameter's key or value; 65,536
	Parameters int // of a request, an input or an output; 256
}

// filled returns l with defaults in place of zeros.
func (l Limits) filled() Limits {
	fill := func(v *int, to int) {
		if *v == 0 {
			*v = to
		}
	}
	fill(&l.Depth, 100)
	fill(&l.Inputs, 256)
	fill(&l.Outputs, 256)
	fill(&l.Rank, 16)
	fill(&l.Elements, 1<<26)
	fill(&l.String, 1<<16)
	fill(&l.Parameters, 256)
	return l
}

// elements returns the number of elements of a shape, false if it does not fit an
// int. No size is negative.
func elements(shape []int) (int, bool) {
	n, fits := 1, true
	for _, d := range shape {
		if d == 0 {
			return 0, true
		}
		if n > math.MaxInt/d {
			fits = false
			continue
		}
		n *= d
	}
	return n, fits
}

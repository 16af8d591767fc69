package tensor

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// count returns the integers 0, 1, … as an array.
func count(shape ...int) *Ints { return Range(0, Shape(shape).Size()).Reshape(shape...) }

func TestViews(t *testing.T) {
	x := count(2, 3, 4)
	for _, c := range []struct {
		name  string
		got   *Ints
		want  []int
		shape []int
	}{
		{"Slice", x.Slice(1, 1, 3).Index(0, 1).Slice(1, 0, 2), []int{16, 17, 20, 21}, []int{2, 2}},
		{"Slice of nothing", x.Slice(-1, 4, 4), nil, []int{2, 3, 0}},
		{"Index", x.Index(1, 2), []int{8, 9, 10, 11, 20, 21, 22, 23}, []int{2, 4}},
		{"Index to a scalar", x.Index(0, 1).Index(0, 2).Index(0, 3), []int{23}, []int{}},
		{"Permute", x.Permute(2, 0, 1).Index(0, 1), []int{1, 5, 9, 13, 17, 21}, []int{2, 3}},
		{"Transpose", x.Transpose(0, -1).Index(0, 3), []int{3, 15, 7, 19, 11, 23}, []int{3, 2}},
		{"Reshape", x.Reshape(4, -1).Index(0, 3), []int{18, 19, 20, 21, 22, 23}, []int{6}},
		{"Reshape to a scalar", x.Slice(0, 0, 1).Slice(1, 0, 1).Slice(2, 1, 2).Reshape(), []int{1}, []int{}},
		{"Reshape of a strided view", x.Slice(1, 0, 2).Reshape(2, 8), []int{0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19}, []int{2, 8}},
		{"Reshape of an expanded view", x.Slice(2, 0, 1).Index(0, 0).Expand(3, 4).Reshape(3, 2, 2), []int{0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8}, []int{3, 2, 2}},
		{"Reshape of nothing", x.Slice(0, 0, 0).Reshape(0, 7), nil, []int{0, 7}},
		{"Expand", count(2, 1).Expand(3, 2, 2), []int{0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1}, []int{3, 2, 2}},
		{"Expand to nothing", count(2, 1).Expand(2, 0), nil, []int{2, 0}},
		{"Squeeze", count(1, 2, 1).Squeeze(), []int{0, 1}, []int{2}},
		{"Squeeze of an axis", count(1, 2, 1).Squeeze(-1), []int{0, 1}, []int{1, 2}},
		{"Unsqueeze", count(2).Unsqueeze(-1), []int{0, 1}, []int{2, 1}},
		{"Unsqueeze in front", count(2).Unsqueeze(0), []int{0, 1}, []int{1, 2}},
		{"Flatten", x.Slice(0, 1, 2).Flatten(0, 1).Slice(0, 0, 1), []int{12, 13, 14, 15}, []int{1, 4}},
		{"Flatten of a scalar", Scalar(7).Flatten(0, -1), []int{7}, []int{1}},
		{"zero value", new(Ints).Unsqueeze(0), nil, []int{1, 0}},
	} {
		is(t, c.name, c.got, c.want, c.shape...)
	}
	x.Slice(1, 2, 3).Set(-1, 0, 0, 0)
	if got := x.At(0, 2, 0); got != -1 {
		t.Errorf("a write through a view is not seen: %d", got)
	}
	if parts := x.Split(1, 1, 0, 2); len(parts) != 3 || parts[2].At(0, 0, 1) != 5 {
		t.Errorf("Split = %v", parts)
	}
}

func TestViewsInPlace(t *testing.T) {
	x := count(2, 3, 4)
	v := x.Slice(0, 0, 2)
	v.SliceTo(v, 2, 1, 3)
	v.TransposeTo(v, 0, 2)
	v.IndexTo(v, 1, 1)
	v.UnsqueezeTo(v, 0)
	v.SqueezeTo(v, 0)
	is(t, "chained views", v, []int{5, 17, 6, 18}, 2, 2)
}

func TestViewPanics(t *testing.T) {
	x := count(2, 3)
	panics(t, "Slice(1, 2, 4) of shape [2 3]", func() { x.Slice(1, 2, 4) })
	panics(t, "axis 2 out of range", func() { x.Index(2, 0) })
	panics(t, "Slice(0, 2, 3)", func() { x.Index(0, 2) })
	panics(t, "Permute([0 0])", func() { x.Permute(0, 0) })
	panics(t, "Permute([])", func() { x.Permute() })
	panics(t, "reshape [2 3] to [4]", func() { x.Reshape(4) })
	panics(t, "reshape [2 3] to [-1 -1]", func() { x.Reshape(-1, -1) })
	panics(t, "reshape [2 3] to [-1 0]", func() { x.Reshape(-1, 0) })
	panics(t, "strided view", func() { x.Transpose(0, 1).Reshape(6) })
	panics(t, "Data of a strided view", func() { x.Transpose(0, 1).Data() })
	panics(t, "shape [2 3] does not broadcast to [3]", func() { x.Expand(3) })
	panics(t, "does not broadcast", func() { x.Slice(0, 0, 1).Expand(-1, 3) })
	panics(t, "Squeeze of axis 1", func() { x.Squeeze(1) })
	panics(t, "Unsqueeze(3)", func() { x.Unsqueeze(3) })
	panics(t, "Split of axis 1 of shape [2 3] into [1 1]", func() { x.Split(1, 1, 1) })
	panics(t, "Split", func() { x.Split(1, 2, 2) })
	panics(t, "index [0 3] out of range", func() { x.At(0, 3) })
	panics(t, "1 indices", func() { x.At(0) })
	panics(t, "Item of shape [2 3]", func() { x.Item() })
	panics(t, "3 elements for shape [2]", func() { New([]int{1, 2, 3}, 2) })
	panics(t, "negative", func() { Make[int](2, -1) })
	panics(t, "too many elements", func() { Make[int](math.MaxInt/2, 3) })
	panics(t, "strides [3]", func() { new(Ints).BindStrided(make([]int, 6), Shape{3}, []int{3}) })
	panics(t, "strides [-1]", func() { new(Ints).BindStrided(make([]int, 6), Shape{3}, []int{-1}) })
	deep := make([]int, 17)
	for i := range deep {
		deep[i] = 1
	}
	panics(t, "more than 16 axes", func() { Make[int](deep...).Clone() })
	panics(t, "Flatten(1, 0)", func() { x.Flatten(1, 0) })
	panics(t, "Copy: shape [2 3] does not broadcast to [3]", func() { count(3).Copy(x) })
}

func TestBind(t *testing.T) {
	var a Ints
	is(t, "Bind", a.Bind([]int{1, 2, 3, 4}, Shape{2, 2}).Transpose(0, 1), []int{1, 3, 2, 4}, 2, 2)
	is(t, "BindStrided", a.BindStrided([]int{1, 2, 3, 4, 5}, Shape{2, 2}, []int{3, 1}), []int{1, 2, 4, 5}, 2, 2)
	is(t, "BindStrided, repeated", a.BindStrided([]int{1, 2}, Shape{2, 2}, []int{0, 1}), []int{1, 2, 1, 2}, 2, 2)
	is(t, "BindStrided, empty", a.BindStrided(nil, Shape{0, 9}, []int{9, 1}), nil, 0, 9)
	is(t, "Bind to a scalar", a.Bind([]int{8}, nil), []int{8})
	if v := count(2, 3).Slice(1, 1, 2); !slices.Equal(v.Strides(), []int{3, 1}) || v.Raw()[3] != 4 {
		t.Errorf("strides %v and memory %v of a view, want [3 1] and [1 2 3 4 5]", v.Strides(), v.Raw())
	}
	if a.Rank() != 0 || a.Item() != 8 {
		t.Errorf("a scalar has rank %d and item %d, want 0 and 8", a.Rank(), a.Item())
	}
}

func TestShape(t *testing.T) {
	s := Shape{2, 3, 1}
	for name, c := range map[string]struct{ got, want Shape }{
		"KeepDims":        {s.KeepDims(-2), Shape{2, 1, 1}},
		"KeepDims of all": {s.KeepDims(), Shape{1, 1, 1}},
		"Clone":           {s.Clone(), s},
	} {
		if !c.got.Equal(c.want) {
			t.Errorf("%s = %v, want %v", name, c.got, c.want)
		}
	}
	if got := s.String(); got != "[2 3 1]" {
		t.Errorf("String = %q", got)
	}
	if err := (Shape{math.MaxInt, 0, math.MaxInt}).Check(); err == nil {
		t.Error("Check accepts a shape whose sizes overflow")
	}
}

func TestBroadcast(t *testing.T) {
	for _, c := range []struct{ a, b, want Shape }{
		{Shape{}, Shape{}, Shape{}},
		{Shape{3}, Shape{}, Shape{3}},
		{Shape{2, 1}, Shape{3}, Shape{2, 3}},
		{Shape{1, 0}, Shape{4, 1}, Shape{4, 0}},
		{Shape{2, 3}, Shape{4}, nil},
		{Shape{0}, Shape{3}, nil},
	} {
		for range 2 {
			got, err := Broadcast(c.a, c.b)
			if !slices.Equal(got, c.want) || (err != nil) != (c.want == nil) {
				t.Errorf("Broadcast(%v, %v) = %v, %v, want %v", c.a, c.b, got, err, c.want)
			}
			c.a, c.b = c.b, c.a
		}
	}
}

// Copies of views large and small, of every element type, agree with copying
// one element at a time.
func TestCopy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][]int{{}, {1}, {0, 4}, {4, 0}, {5}, {3, 4}, {70, 90}, {2, 3, 4, 5}, {3, 40, 50}, {40, 3, 50}, {20, 5, 1, 30}} {
		for _, src := range strided(r, s...) {
			for _, dst := range strided(r, s...) {
				dst.Copy(src)
				if !dst.Equal(src) {
					t.Fatalf("Copy of shape %v, strides %v to %v differs", s, src.Strides(), dst.Strides())
				}
			}
			bytes := Convert[uint8](src)
			other := Make[uint8](s...)
			if len(s) > 1 {
				other = Make[uint8](src.Transpose(0, 1).Shape()...).Transpose(0, 1)
			}
			other.Copy(bytes)
			if !other.Equal(bytes) {
				t.Fatalf("Copy of bytes of shape %v differs", s)
			}
		}
	}
	x := Make[int](2, 3)
	x.Copy(count(3))
	is(t, "Copy of a row", x, []int{0, 1, 2, 0, 1, 2}, 2, 3)
	x.Copy(Scalar(5))
	is(t, "Copy of a scalar", x, []int{5, 5, 5, 5, 5, 5}, 2, 3)
	new(Ints).Copy(new(Ints))
}

// FuzzViews applies a program of view operations to an array and, next to it,
// to a function from indices to elements.
func FuzzViews(f *testing.F) {
	f.Add([]byte{2, 3, 4, 0, 1, 1, 1, 2, 0, 4, 3})
	f.Add([]byte{3, 1, 0, 4, 5, 2, 3, 1, 0, 2, 6, 1})
	f.Add([]byte{1, 4, 6, 3, 9, 5, 0, 1, 4, 7, 7})
	f.Fuzz(func(t *testing.T, program []byte) {
		next := func(n int) int {
			if len(program) == 0 || n <= 0 {
				return 0
			}
			v := int(program[0]) % n
			program = program[1:]
			return v
		}
		x := count(next(4)+1, next(5), next(6)+1)
		at := func(i []int) int { return (i[0]*x.Dim(1)+i[1])*x.Dim(2) + i[2] }
		v := x
		for range 8 {
			v, at = step(v, at, next)
			for _, i := range indices(v.Shape()) {
				if got, want := v.At(i...), at(i); got != want {
					t.Fatalf("shape %v, strides %v: at %v is %d, want %d", v.Shape(), v.Strides(), i, got, want)
				}
			}
			if c := v.Clone(); !c.Equal(v) || !c.Contiguous() {
				t.Fatalf("Clone of %v is %v", v, c)
			}
		}
	})
}

// step applies one operation.
func step(v *Ints, at func([]int) int, next func(int) int) (*Ints, func([]int) int) {
	s := v.Shape()
	if v.Rank() > 0 {
		axis := next(v.Rank())
		switch next(6) {
		case 0:
			lo := next(s[axis] + 1)
			hi := lo + next(s[axis]-lo+1)
			return v.Slice(axis, lo, hi), func(i []int) int {
				i = slices.Clone(i)
				i[axis] += lo
				return at(i)
			}
		case 1:
			if s[axis] > 0 {
				k := next(s[axis])
				return v.Index(axis, k), func(i []int) int { return at(slices.Insert(slices.Clone(i), axis, k)) }
			}
		case 2:
			b := next(v.Rank())
			return v.Transpose(axis, b), func(i []int) int {
				i = slices.Clone(i)
				i[axis], i[b] = i[b], i[axis]
				return at(i)
			}
		case 3:
			if s[axis] == 1 && v.Len() < 1000 {
				wide := s.Clone()
				wide[axis] = next(4)
				return v.Expand(wide...), func(i []int) int {
					i = slices.Clone(i)
					i[axis] = 0
					return at(i)
				}
			}
		case 4:
			want := reshaped(s, axis, next)
			if v.CanReshape(want) {
				return v.Reshape(want...), func(i []int) int { return at(unflat(s, flat(want, i))) }
			}
			want = append(Shape{1}, s...)
			return v.Reshape(want...), func(i []int) int { return at(i[1:]) }
		}
	}
	axis := next(v.Rank() + 1)
	return v.Unsqueeze(axis), func(i []int) int { return at(slices.Delete(slices.Clone(i), axis, axis+1)) }
}

// reshaped joins an axis with its right neighbour or splits it.
func reshaped(s Shape, axis int, next func(int) int) Shape {
	if axis+1 < len(s) && next(2) == 0 {
		return slices.Concat(s[:axis], Shape{s[axis] * s[axis+1]}, s[axis+2:])
	}
	k := 1 + next(3)
	if s[axis]%k != 0 {
		k = 1
	}
	return slices.Concat(s[:axis], Shape{k, s[axis] / k}, s[axis+1:])
}

// flat returns the position of an index in row-major order, and unflat the
// index.
func flat(s Shape, index []int) int {
	p := 0
	for i, x := range index {
		p = p*s[i] + x
	}
	return p
}

func unflat(s Shape, p int) []int {
	index := make([]int, len(s))
	for i := len(s) - 1; i >= 0; i-- {
		index[i] = p % s[i]
		p /= s[i]
	}
	return index
}

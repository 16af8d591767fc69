package tensor

import (
	"testing"
)

func TestJoin(t *testing.T) {
	x := count(2, 3)
	for _, c := range []struct {
		name  string
		got   *Ints
		want  []int
		shape []int
	}{
		{"Concat rows", Concat(0, x, x.Slice(0, 1, 2)), []int{0, 1, 2, 3, 4, 5, 3, 4, 5}, []int{3, 3}},
		{"Concat columns", Concat(-1, x, x.Slice(1, 0, 0), x.Slice(1, 2, 3)), []int{0, 1, 2, 2, 3, 4, 5, 5}, []int{2, 4}},
		{"Concat views", Concat(0, x.Transpose(0, 1), count(1, 2)), []int{0, 3, 1, 4, 2, 5, 0, 1}, []int{4, 2}},
		{"Stack", Stack(0, x, x), []int{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}, []int{2, 2, 3}},
		{"Stack last", Stack(-1, Range(0, 2), Range(5, 7)), []int{0, 5, 1, 6}, []int{2, 2}},
		{"Stack scalars", Stack(0, Scalar(3), Scalar(4)), []int{3, 4}, []int{2}},
		{"Take rows", x.Take(0, New([]int{1, 1, 0}, 3)), []int{3, 4, 5, 3, 4, 5, 0, 1, 2}, []int{3, 3}},
		{"Take columns", x.Take(1, New([]int{2, 0, 1, 1}, 2, 2)), []int{2, 0, 1, 1, 5, 3, 4, 4}, []int{2, 2, 2}},
		{"Take one", x.Take(1, Scalar(2)), []int{2, 5}, []int{2}},
		{"Take none", x.Take(0, Make[int](0)), nil, []int{0, 3}},
		{"GatherAlong 1", x.GatherAlong(1, New([]int{2, 0, 1, 1}, 2, 2)), []int{2, 0, 4, 4}, []int{2, 2}},
		{"GatherAlong 0", x.GatherAlong(0, New([]int{1, 0, 1}, 1, 3)), []int{3, 1, 5}, []int{1, 3}},
		{"Flip", x.Flip(1), []int{2, 1, 0, 5, 4, 3}, []int{2, 3}},
		{"Flip both", x.Flip(0, -1), []int{5, 4, 3, 2, 1, 0}, []int{2, 3}},
		{"Roll", x.Roll(1, 1), []int{2, 0, 1, 5, 3, 4}, []int{2, 3}},
		{"Roll back", x.Roll(-1, -4), []int{1, 2, 0, 4, 5, 3}, []int{2, 3}},
		{"Roll nothing", x.Slice(0, 0, 0).Roll(0, 1), nil, []int{0, 3}},
		{"Pad", x.Pad(-1, [2]int{0, 1}, [2]int{2, 0}), []int{-1, -1, 0, 1, 2, -1, -1, 3, 4, 5, -1, -1, -1, -1, -1}, []int{3, 5}},
		{"Repeat", x.Slice(1, 0, 2).Repeat(2, 2), []int{0, 1, 0, 1, 3, 4, 3, 4, 0, 1, 0, 1, 3, 4, 3, 4}, []int{4, 4}},
		{"Repeat a view", x.Transpose(0, 1).Repeat(1, 2), []int{0, 3, 0, 3, 1, 4, 1, 4, 2, 5, 2, 5}, []int{3, 4}},
		{"Repeat no times", x.Repeat(0, 1), nil, []int{0, 3}},
	} {
		is(t, c.name, c.got, c.want, c.shape...)
	}
}

func TestScatter(t *testing.T) {
	x := Make[int](2, 3)
	x.ScatterAlong(1, New([]int{2, 0, 1, 1}, 2, 2), New([]int{1, 2, 3, 4}, 2, 2))
	is(t, "ScatterAlong", x, []int{2, 0, 1, 0, 4, 0}, 2, 3)
	ScatterAddAlong(x, 1, New([]int{2, 2, 1, 1}, 2, 2), New([]int{1, 2, 3, 4}, 2, 2))
	is(t, "ScatterAddAlong", x, []int{2, 0, 4, 0, 11, 0}, 2, 3)
	// One-hot rows.
	labels := New([]int{2, 0}, 2)
	hot := Zeros(2, 3)
	hot.ScatterAlong(1, labels.Unsqueeze(1), Ones(2, 1))
	is(t, "one-hot", hot, []float32{0, 0, 1, 1, 0, 0}, 2, 3)
	is(t, "its inverse", ArgMax(hot, 1), labels.Data(), 2)
}

func TestJoinPanics(t *testing.T) {
	x := count(2, 3)
	panics(t, "Concat of no arrays", func() { Concat[int](0) })
	panics(t, "Concat: array 1 of shape [2 2] does not fit", func() { Concat(0, x, count(2, 2)) })
	panics(t, "Concat: array 1 of shape [2] does not fit", func() { Concat(0, x, count(2)) })
	panics(t, "ConcatTo: arrays have 2 elements along axis 0, want 3", func() { ConcatTo(Make[int](3, 3), 0, x) })
	panics(t, "Stack: array 1 has shape [3], want [2 3]", func() { Stack(0, x, count(3)) })
	panics(t, "index [3] out of range for shape [3]", func() { Range(0, 3).At(3) })
	panics(t, "Slice(0, -1, 0)", func() { x.Take(0, Scalar(-1)) })
	panics(t, "GatherAlong: index 3 out of range for axis 1", func() { x.GatherAlong(1, New([]int{3}, 1, 1)) })
	panics(t, "GatherAlong: index of shape [3 1] does not fit [2 3]", func() { x.GatherAlong(1, Make[int](3, 1)) })
	panics(t, "ScatterAlong: dst has shape [2], want [1 1]", func() { x.ScatterAlong(1, Make[int](1, 1), count(2)) })
	panics(t, "Pad", func() { x.Pad(0, [2]int{1, 1}) })
	panics(t, "Pad", func() { x.Pad(0, [2]int{1, 1}, [2]int{-1, 1}) })
	panics(t, "Repeat", func() { x.Repeat(2) })
	panics(t, "Repeat", func() { x.Repeat(2, -1) })
}

// Split undoes Concat.
func TestSplitConcat(t *testing.T) {
	x := count(4, 5, 6)
	for axis := range 3 {
		if got := Concat(axis, x.Split(axis, 1, 0, x.Dim(axis)-1)...); !got.Equal(x) {
			t.Errorf("axis %d: Concat(Split(x)) = %v", axis, got)
		}
	}
}

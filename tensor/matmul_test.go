package tensor

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// matmulCases are shapes of a, b and the product.
var matmulCases = [][3][]int{
	{{3}, {3}, {}},
	{{3}, {3, 4}, {4}},
	{{2, 3}, {3}, {2}},
	{{2, 3}, {3, 4}, {2, 4}},
	{{1, 5}, {5, 1}, {1, 1}},
	{{2, 0}, {0, 3}, {2, 3}},
	{{0, 4}, {4, 3}, {0, 3}},
	{{5, 2, 3}, {3, 4}, {5, 2, 4}},
	{{5, 1, 3}, {3, 4}, {5, 1, 4}},
	{{2, 3}, {5, 3, 4}, {5, 2, 4}},
	{{5, 2, 3}, {5, 3, 4}, {5, 2, 4}},
	{{6, 1, 2, 3}, {5, 3, 4}, {6, 5, 2, 4}},
	{{2, 1, 3, 2, 3}, {2, 4, 1, 3, 2}, {2, 4, 3, 2, 2}},
	{{3}, {5, 3, 4}, {5, 4}},
	{{6, 5, 2, 3}, {3}, {6, 5, 2}},
	{{0, 2, 3}, {3, 4}, {0, 2, 4}},
	{{40, 70}, {70, 90}, {40, 90}},
	{{3, 33, 65}, {65, 18}, {3, 33, 18}},
	{{8, 4, 17, 20}, {8, 4, 20, 17}, {8, 4, 17, 17}},
}

func TestMatMul(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, c := range matmulCases {
			var first *Tensor
			bits := randn(r, c[0]...)
			for _, a := range strided(r, c[0]...) {
				a.Copy(bits)
				other := rand.New(rand.NewPCG(3, 4))
				for _, b := range strided(r, c[1]...) {
					b.Copy(randn(other, c[1]...))
					other = rand.New(rand.NewPCG(3, 4))
					got := MatMul(a, b)
					if !got.Shape().Equal(c[2]) {
						t.Fatalf("MatMul(%v, %v) has shape %v, want %v", c[0], c[1], got.Shape(), c[2])
					}
					if first == nil {
						first = got
						near(t, fmt.Sprintf("MatMul(%v, %v)", c[0], c[1]), got, 1e-5, func(i []int) float64 { return naiveProduct(a, b, i) })
					}
					for _, dst := range append(strided(r, c[2]...), got) {
						dst.Fill(7)
						if !MatMulTo(dst, a, b).Equal(first) {
							t.Errorf("MatMulTo(%v, %v), strides %v, %v to %v: other bits", c[0], c[1], a.Strides(), b.Strides(), dst.Strides())
						}
					}
				}
			}
		}
	})
}

// naiveProduct returns one element of a·b.
func naiveProduct(a, b *Tensor, index []int) float64 {
	row, column := a.Rank() == 1, b.Rank() == 1
	if row {
		a = a.Unsqueeze(0)
	}
	if column {
		b = b.Unsqueeze(1)
	}
	i, j := 0, 0
	if !column {
		j = index[len(index)-1]
		index = index[:len(index)-1]
	}
	if !row {
		i = index[len(index)-1]
		index = index[:len(index)-1]
	}
	ra, rb := a, b
	for range len(index) {
		if ra.Rank() < len(index)+2 {
			ra = ra.Unsqueeze(0)
		}
		if rb.Rank() < len(index)+2 {
			rb = rb.Unsqueeze(0)
		}
	}
	for _, x := range index {
		ra, rb = ra.Index(0, min(x, ra.Dim(0)-1)), rb.Index(0, min(x, rb.Dim(0)-1))
	}
	sum := 0.0
	for k := range ra.Dim(1) {
		sum += float64(ra.At(i, k)) * float64(rb.At(k, j))
	}
	return sum
}

// Products with expanded factors, whose strides are 0.
func TestMatMulExpanded(t *testing.T) {
	a, b := Arange(0, 3, 1).Expand(4, 2, 3), Arange(0, 3, 1).Unsqueeze(1).Expand(4, 3, 2)
	near(t, "MatMul of repeated rows", MatMul(a, b), 0, func([]int) float64 { return 5 })
}

// A(x+y) = Ax + Ay and (AB)ᵀ = BᵀAᵀ. Small integers make sums exact.
func TestMatMulLaws(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		whole := func(shape ...int) *Tensor {
			return Convert[float32](Convert[int](MulScalar(randn(r, shape...), 5)))
		}
		a, x, y := whole(3, 20, 30), whole(30, 7), whole(30, 7)
		if got, want := MatMul(a, Add(x, y)), Add(MatMul(a, x), MatMul(a, y)); !got.Equal(want) {
			t.Errorf("A(x+y) = %v, want Ax+Ay = %v", got, want)
		}
		if got, want := MatMul(a, x).Transpose(-1, -2), MatMul(x.Transpose(0, 1), a.Transpose(-1, -2)); !got.Equal(want) {
			t.Errorf("(AB)ᵀ = %v, want BᵀAᵀ = %v", got, want)
		}
		if got := MatMul(a, Eye(30)); !got.Equal(a) {
			t.Errorf("A·1 = %v, want A = %v", got, a)
		}
	})
}

func TestMatMulSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	a, b := randn(r, 4, 130, 300), randn(r, 300, 140)
	sameBits(t, "MatMul", func() *Tensor { return MatMul(a, b) })
	if all, one := MatMul(a, b), MatMul(a.Slice(0, 2, 3), b); !all.Slice(0, 2, 3).Equal(one) {
		t.Error("a matrix of a batch has other bits than alone")
	}
}

func TestMatMulAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	a, b, dst := randn(r, 4, 30, 40), randn(r, 50, 40).Transpose(0, 1), Zeros(4, 30, 50)
	noAllocation(t, "MatMulTo", func() { MatMulTo(dst, a, b) })
	far := strided(r, 4, 30, 50)[1]
	noAllocation(t, "MatMulTo to a strided view", func() { MatMulTo(far, a, b) })
}

func TestDotOuter(t *testing.T) {
	a, b := Arange(1, 4, 1), New([]float32{4, 9, 5, 9, 6, 9}, 3, 2).Index(1, 0)
	if got := Dot(a, b); got != 32 {
		t.Errorf("Dot = %v, want 32", got)
	}
	if got := Dot(a.Slice(0, 0, 0), b.Slice(0, 3, 3)); got != 0 {
		t.Errorf("Dot of nothing = %v, want 0", got)
	}
	is(t, "Outer", Outer(a, b), []float32{4, 5, 6, 8, 10, 12, 12, 15, 18}, 3, 3)
}

func TestMatMulPanics(t *testing.T) {
	panics(t, "MatMul: shapes [2 3] and [4 2] do not fit", func() { MatMul(Zeros(2, 3), Zeros(4, 2)) })
	panics(t, "MatMul: shapes [] and [3] do not fit", func() { MatMul(Zeros(), Zeros(3)) })
	panics(t, "MatMul: shapes [2 2 3] and [3 3 3] do not fit", func() { MatMul(Zeros(2, 2, 3), Zeros(3, 3, 3)) })
	panics(t, "MatMulTo: dst has shape [2 3], want [2 4]", func() { MatMulTo(Zeros(2, 3), Zeros(2, 3), Zeros(3, 4)) })
	panics(t, "Dot", func() { Dot(Zeros(2), Zeros(3)) })
	panics(t, "Outer", func() { Outer(Zeros(2, 1), Zeros(3)) })
}

package tensor

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestMat(t *testing.T) {
	m := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	is(t, "FromMat", FromMat(m), []float32{1, 2, 3, 4, 5, 6}, 2, 3)
	is(t, "FromMat of a transpose", FromMat(m.T()), []float32{1, 4, 2, 5, 3, 6}, 3, 2)
	if got := ToMat(FromMat(m.T()).Transpose(0, 1)); !mat.Equal(got, m) {
		t.Errorf("ToMat = %v, want %v", mat.Formatted(got), mat.Formatted(m))
	}
	if got := ToMat(Zeros(0, 3)); !got.IsEmpty() {
		t.Errorf("ToMat of an empty array = %v", got)
	}
	panics(t, "ToMat of shape [3]", func() { ToMat(Zeros(3)) })
}

// gonum's product, in float64, is a reference for ours.
func TestMatMulAgainstGonum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	a, b := randn(r, 50, 200), randn(r, 200, 60)
	var want mat.Dense
	want.Mul(ToMat(a), ToMat(b))
	if got := MatMul(a, b); !AllClose(got, FromMat(&want), 1e-5, 1e-4) {
		t.Errorf("MatMul differs from gonum by up to %v", Max(Abs(Sub(got, FromMat(&want)))))
	}
}

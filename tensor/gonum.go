package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// FromMat returns a copy of a gonum matrix. Elements are rounded to float32.
func FromMat(m mat.Matrix) *Tensor {
	rows, cols := m.Dims()
	a := Make[float32](rows, cols)
	for i := range rows {
		for j := range cols {
			a.data[i*cols+j] = float32(m.At(i, j))
		}
	}
	return a
}

// ToMat returns a copy of a matrix for gonum. It panics unless x has two axes;
// an empty x gives an empty mat.Dense, of no rows and columns.
func ToMat(x *Tensor) *mat.Dense {
	if x.Rank() != 2 {
		panic(fmt.Sprintf("tensor: ToMat of shape %v, want two axes", x.Shape()))
	}
	if x.Len() == 0 {
		return new(mat.Dense)
	}
	m := mat.NewDense(x.Dim(0), x.Dim(1), nil)
	for i := range x.Dim(0) {
		for j := range x.Dim(1) {
			m.Set(i, j, float64(x.data[i*x.stride[0]+j*x.stride[1]]))
		}
	}
	return m
}

package drift

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// outlierQuantile is the quantile of the reference's distances beyond which a sample
// is an outlier.
const outlierQuantile = 0.99

// ridge is added to the diagonal of the correlation matrix, so that columns that
// depend on each other have an inverse too.
const ridge = 1e-6

// moments are the mean and the covariance of rows, taken in one after another
// (Welford 1962).
type moments struct {
	n     int
	mean  []float64
	co    []float64 // the lower triangle of Σ (x−mean)(x−mean)ᵀ, row by row
	delta []float64
}

func newMoments(k int) *moments {
	return &moments{mean: make([]float64, k), co: make([]float64, k*(k+1)/2), delta: make([]float64, k)}
}

// add takes in a row, unless a number of it is missing.
func (m *moments) add(row []float32) {
	if !complete(row) {
		return
	}
	m.n++
	for i, v := range row {
		m.delta[i] = float64(v) - m.mean[i]
		m.mean[i] += m.delta[i] / float64(m.n)
	}
	at := 0
	for i, v := range row {
		after := float64(v) - m.mean[i]
		for j := range i + 1 {
			m.co[at] += m.delta[j] * after
			at++
		}
	}
}

// covariance returns the lower triangle of the sample covariance.
func (m *moments) covariance() []float64 {
	c := make([]float64, len(m.co))
	for i, v := range m.co {
		c[i] = v / float64(m.n-1)
	}
	return c
}

// complete reports whether no number of a row is missing.
func complete(row []float32) bool {
	for _, v := range row {
		if v != v {
			return false
		}
	}
	return true
}

// mahalanobis measures distances from the center of a cloud,
//
//	d = √((x−μ)ᵀ·Σ⁻¹·(x−μ))
//
// in the coordinates that vary, each divided by its standard deviation.
type mahalanobis struct {
	active []int
	center []float64 // of all coordinates
	scale  []float64 // likewise
	factor mat.Cholesky
}

func newMahalanobis(center, covariance []float64) (*mahalanobis, error) {
	d := &mahalanobis{center: center, scale: make([]float64, len(center))}
	for i := range center {
		v := covariance[i*(i+1)/2+i]
		if v < 0 {
			return nil, errors.New("the covariance has a negative variance")
		}
		if d.scale[i] = math.Sqrt(v); v > 0 {
			d.active = append(d.active, i)
		}
	}
	k := len(d.active)
	if k == 0 {
		return d, nil
	}
	r := mat.NewSymDense(k, nil)
	for a, i := range d.active {
		for b, j := range d.active[:a] {
			r.SetSym(a, b, covariance[i*(i+1)/2+j]/d.scale[i]/d.scale[j])
		}
		r.SetSym(a, a, 1+ridge)
	}
	if !d.factor.Factorize(r) {
		return nil, errors.New("the covariance is not positive semidefinite")
	}
	return d, nil
}

// square returns d² of a complete row.
func (d *mahalanobis) square(row []float32) float64 {
	if len(d.active) == 0 {
		return 0
	}
	z := mat.NewVecDense(len(d.active), nil)
	for a, i := range d.active {
		z.SetVec(a, (float64(row[i])-d.center[i])/d.scale[i])
	}
	var w mat.VecDense
	if d.factor.SolveVecTo(&w, z) != nil {
		return math.Inf(1)
	}
	return mat.Dot(z, &w)
}

// distance returns d of a complete row.
func (d *mahalanobis) distance(row []float32) float64 {
	return bounded(math.Sqrt(max(d.square(row), 0)))
}

// without returns d of a row that is one of the n that center and covariance are of,
// as it were if they were of the others alone. That is how far a new row lies; d
// itself is less, since the row draws both to itself. With a = d²/(n−1) and
// c = n/(n−1), by the formula of Sherman and Morrison,
//
//	√(c²·(n−2)·a/(1 − c·a))
func (d *mahalanobis) without(row []float32, n int) float64 {
	a := max(d.square(row), 0) / float64(n-1)
	c := float64(n) / float64(n-1)
	return bounded(math.Sqrt(c * c * float64(n-2) * a / (1 - c*a)))
}

// bounded rounds a distance to float32, the largest one if it is not finite.
func bounded(d float64) float64 {
	if !(d < math.MaxFloat32) {
		return math.MaxFloat32
	}
	return float64(float32(d))
}

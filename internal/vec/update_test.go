package vec

import (
	"math"
	"testing"
)

// updateError bounds how far a few steps in float32 may be from the same in
// float64, for weights and gradients of size about 1.
const updateError = 5e-6

// The optimizers below are those of torch.optim, written as there, in float64,
// with every setting as a branch.

func torchSGD(w, g, buf *float64, c SGDConfig) {
	d := *g
	if c.Decay != 0 {
		d += c.Decay * *w
	}
	if c.Momentum != 0 {
		if c.First {
			*buf = d
		} else {
			*buf = c.Momentum**buf + (1-c.Dampening)*d
		}
		if c.Nesterov {
			d += c.Momentum * *buf
		} else {
			d = *buf
		}
	}
	*w -= c.LR * d
}

func torchAdam(w, g, m, v *float64, t float64, p AdamStep) {
	d := *g
	if p.Decoupled {
		*w *= 1 - p.LR*p.Decay
	} else if p.Decay != 0 {
		d += p.Decay * *w
	}
	*m = p.Beta1**m + (1-p.Beta1)*d
	*v = p.Beta2**v + (1-p.Beta2)*d*d
	c1, c2 := 1-math.Pow(p.Beta1, t), 1-math.Pow(p.Beta2, t)
	*w -= p.LR / c1 * *m / (math.Sqrt(*v)/math.Sqrt(c2) + p.Eps)
}

func checkNear(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	for i, g := range got {
		if !(math.Abs(float64(g)-want[i]) <= updateError*max(1, math.Abs(want[i]))) {
			t.Fatalf("%s[%d] = %v, want %v", what, i, g, want[i])
		}
	}
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func TestSGD(t *testing.T) {
	r := newRand(t)
	forLevels(t, func(t *testing.T) {
		for _, decay := range []float64{0, 0.1} {
			w := gaussian(r, 43, false)
			want := widen(w)
			for range 5 {
				g := gaussian(r, 43, false)
				SGD(w, g, 0.05, decay)
				for i, v := range widen(g) {
					torchSGD(&want[i], &v, nil, SGDConfig{LR: 0.05, Decay: decay})
				}
			}
			checkNear(t, "w", w, want)
		}
	})
}

func TestSGDMomentum(t *testing.T) {
	r := newRand(t)
	tests := []SGDConfig{
		{LR: 0.05, Momentum: 0.9},
		{LR: 0.05, Momentum: 0.9, Decay: 0.1},
		{LR: 0.05, Momentum: 0.9, Dampening: 0.5, Decay: 0.1},
		{LR: 0.05, Momentum: 0.9, Decay: 0.1, Nesterov: true},
	}
	forLevels(t, func(t *testing.T) {
		for _, c := range tests {
			const n = 43
			w, buf := gaussian(r, n, false), make([]float32, n)
			Fill(buf, float32(math.NaN())) // the first step must not read it
			wantW, wantBuf := widen(w), make([]float64, n)
			for step := range 5 {
				c.First = step == 0
				g := gaussian(r, n, false)
				SGDMomentum(w, g, buf, c)
				for i, v := range widen(g) {
					torchSGD(&wantW[i], &v, &wantBuf[i], c)
				}
				checkNear(t, "buf", buf, wantBuf)
				checkNear(t, "w", w, wantW)
			}
		}
	})
}

// An infinite gradient gives infinities, as in PyTorch, not NaN.
func TestSGDMomentumInfiniteGradient(t *testing.T) {
	inf := float32(math.Inf(1))
	forLevels(t, func(t *testing.T) {
		w, buf := []float32{1}, []float32{2}
		SGDMomentum(w, []float32{inf}, buf, SGDConfig{LR: 0.1, Momentum: 0.9})
		if w[0] != -inf || buf[0] != inf {
			t.Errorf("w = %v, buf = %v, want -Inf, +Inf", w[0], buf[0])
		}
	})
}

func TestAdam(t *testing.T) {
	r := newRand(t)
	forLevels(t, func(t *testing.T) {
		for _, decoupled := range []bool{false, true} {
			const n = 43
			w, m, v := gaussian(r, n, false), make([]float32, n), make([]float32, n)
			wantW, wantM, wantV := widen(w), make([]float64, n), make([]float64, n)
			for step := 1.0; step <= 5; step++ {
				g := gaussian(r, n, false)
				// Near zero the first step is the sign of the gradient, which
				// rounding decides.
				AddScalar(g, g, 0.001)
				Adam(w, g, m, v, adamStep(step, decoupled))
				for i, x := range widen(g) {
					torchAdam(&wantW[i], &x, &wantM[i], &wantV[i], step, adamStep(step, decoupled))
				}
				checkNear(t, "m", m, wantM)
				checkNear(t, "v", v, wantV)
				checkNear(t, "w", w, wantW)
			}
		}
	})
}

package vec

import (
	"math"
	"testing"
)

// TestCells compares the cells with what they are made of, bit for bit.
func TestCells(t *testing.T) {
	r := newRand(t)
	forLevels(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 16, 33, 100} {
			random := func(many int) [][]float32 {
				s := make([][]float32, many)
				for i := range s {
					s[i] = gaussian(r, n, true)
				}
				return s
			}
			check := func(name string, got, want []float32) {
				t.Helper()
				for i := range want {
					if !same(got[i], want[i]) {
						t.Fatalf("n=%d: %s[%d] = %v, want %v", n, name, i, got[i], want[i])
					}
				}
			}
			zeros := func() []float32 { return make([]float32, n) }
			clone := func(x []float32) []float32 { return append([]float32{}, x...) }

			s := random(5)
			i, f, g, o, before := s[0], s[1], s[2], s[3], s[4]
			wi, wf, wg, wo, wc, wh := zeros(), zeros(), zeros(), zeros(), zeros(), zeros()
			Sigmoid(wi, i)
			Sigmoid(wf, f)
			Tanh(wg, g)
			Sigmoid(wo, o)
			Mul(wc, wf, before)
			MulAdd(wc, wi, wg)
			Tanh(wh, wc)
			Mul(wh, wh, wo)
			c, h := clone(before), zeros()
			LSTM(c, h, i, f, g, o, c) // in place of the state before
			check("i", i, wi)
			check("f", f, wf)
			check("g", g, wg)
			check("o", o, wo)
			check("c", c, wc)
			check("h", h, wh)

			s = random(2)
			dh, dc, y := s[0], s[1], zeros()
			wdi, wdf, wdg, wdo, wdc := zeros(), zeros(), zeros(), zeros(), clone(dc)
			Tanh(y, c)
			Mul(wdo, dh, o)
			TanhGrad(wdo, wdo, y)
			Add(wdc, wdc, wdo)
			Mul(wdo, dh, y)
			SigmoidGrad(wdo, wdo, o)
			Mul(wdi, wdc, g)
			SigmoidGrad(wdi, wdi, i)
			Mul(wdf, wdc, before)
			SigmoidGrad(wdf, wdf, f)
			Mul(wdg, wdc, i)
			TanhGrad(wdg, wdg, g)
			Mul(wdc, wdc, f)
			di, df, dg, do := zeros(), zeros(), zeros(), zeros()
			LSTMGrad(di, df, dg, do, dc, dh, c, i, f, g, o, before)
			check("di", di, wdi)
			check("df", df, wdf)
			check("dg", dg, wdg)
			check("do", do, wdo)
			check("dc", dc, wdc)

			s = random(5)
			m, r, z, q, before := s[0], s[1], s[2], s[3], s[4]
			wm, wr, wz := clone(m), zeros(), zeros()
			Sigmoid(wr, r)
			Sigmoid(wz, z)
			MulAdd(wm, wr, q)
			Tanh(wm, wm)
			Sub(wh, before, wm)
			Mul(wh, wh, wz)
			Add(wh, wh, wm)
			h = clone(before)
			GRU(h, m, r, z, q, h)
			check("n", m, wm)
			check("r", r, wr)
			check("z", z, wz)
			check("h", h, wh)

			dh = random(1)[0]
			wdm, wdr, wdz, wdq := zeros(), zeros(), zeros(), zeros()
			Sub(wdz, before, m)
			Mul(wdz, wdz, dh)
			SigmoidGrad(wdz, wdz, z)
			Mul(wdq, dh, z)
			Sub(wdm, dh, wdq)
			wdh := clone(wdq)
			TanhGrad(wdm, wdm, m)
			Mul(wdr, wdm, q)
			SigmoidGrad(wdr, wdr, r)
			Mul(wdq, wdm, r)
			dm, dr, dz, dq := zeros(), zeros(), zeros(), zeros()
			GRUGrad(dm, dr, dz, dq, dh, m, r, z, q, before)
			check("dn", dm, wdm)
			check("dr", dr, wdr)
			check("dz", dz, wdz)
			check("dq", dq, wdq)
			check("dh", dh, wdh)
		}
	})
}

// TestSaturatedCells: saturated gates of infinite products keep states finite.
func TestSaturatedCells(t *testing.T) {
	inf := float32(math.Inf(1))
	forLevels(t, func(t *testing.T) {
		c, h := []float32{0.5}, []float32{0}
		LSTM(c, h, []float32{-inf}, []float32{inf}, []float32{inf}, []float32{-inf}, c)
		if c[0] != 0.5 || h[0] != 0 {
			t.Errorf("an LSTM that keeps its state and shows nothing has c = %v, h = %v, want 0.5, 0", c[0], h[0])
		}
		h[0] = 0.5
		GRU(h, []float32{inf}, []float32{-inf}, []float32{inf}, []float32{3}, h)
		if h[0] != 0.5 {
			t.Errorf("a GRU that keeps its state has h = %v, want 0.5", h[0])
		}
	})
}

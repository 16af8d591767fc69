package gemm

import (
	"testing"
)

// TestReserve writes factors panel by panel; the product has the bits of the one with
// factors that the package packs. A factor A reserved as B serves narrow products.
func TestReserve(t *testing.T) {
	defer set(&blockK, 24)()
	levels(t, func(t *testing.T, k *kernel) {
		for i, size := range [][3]int{{1, 1, 1}, {13, 33, 50}, {40, k.nr/2 - 1, 24}, {40, 3, 49}, {5, 70, 23}} {
			p := product{batch: 3, m: size[0], n: size[1], k: size[2]}
			d := p.data(uint64(i))
			want := d.run()
			var a, b Packed
			a.ReserveA(p.batch, p.m, p.k)
			b.ReserveB(p.batch, p.n, p.k)
			fillPanels(&a, &d.ma)
			fillPanels(&b, &d.mb)
			d.call.A, d.call.B = &a, &b
			equal(t, p.String()+": both", d.run(), want)
			d.call.B = &d.mb
			equal(t, p.String()+": A", d.run(), want)
			a.ReserveB(p.batch, p.m, p.k)
			fillPanels(&a, &d.ma)
			equal(t, p.String()+": A reserved as B", d.run(), want)
			if p.n < Narrow() && p.n < p.m {
				d.call.job.set(&d.call)
				if !d.call.job.swapped || d.call.job.b.packed != &a {
					t.Errorf("%v: the product is not computed from the panels", p)
				}
				d.call.job = job{}
			}
		}
	})
}

// fillPanels writes the elements of m to where the panels say.
func fillPanels(p *Packed, m *Matrix) {
	for i := range p.Panels() {
		for k := 0; k < p.k; {
			panel := p.Panel(i, k)
			for b := range p.batch {
				for v := range panel.Vectors {
					for j := range panel.Depth {
						panel.Data[b*p.Apart()+j*panel.Pitch+v] = m.Data[b*m.Batch+(panel.First+v)*m.I+(k+j)*m.K]
					}
				}
			}
			k += panel.Depth
		}
	}
}

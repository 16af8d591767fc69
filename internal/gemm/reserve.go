package gemm

// Narrow returns the number of columns from which a product is computed as it is.
// If C has fewer, and more rows than columns, and no factor is packed, then Cᵀ =
// Bᵀ·Aᵀ is. So an A that is packed as if it were a B serves such products best.
func Narrow() int { return narrow(currentKernel()) }

// ReserveA makes p room for a batch of factors A of m rows and k columns, whose
// elements its owner writes to where [Packed.Panel] says.
func (p *Packed) ReserveA(batch, m, k int) { p.reserve(rowPanels, batch, m, k) }

// ReserveB makes p room for a batch of factors B of n columns and k rows, whose
// elements its owner writes to where [Packed.Panel] says. Of the last panel the
// columns that there are not, and on which nothing depends, may stay undefined.
func (p *Packed) ReserveB(batch, n, k int) { p.reserve(colPanels, batch, n, k) }

func (p *Packed) reserve(cut func(*kernel, int) panels, batch, n, k int) {
	kern := currentKernel()
	p.init(kern, cut(kern, n), batch, k, blockLength(k))
}

// Panels returns the number of panels that the vectors of p are cut into.
func (p *Packed) Panels() int { return p.panels.count }

// Apart returns the distance in memory of the same element in two matrices that
// follow each other, a multiple of 16.
func (p *Packed) Apart() int { return p.apart }

// Panel is a panel from some k on to the end of its block of k: element
// (First+i, k+j) of matrix number b is Data[b·Apart + j·Pitch + i] for 0 ≤ i <
// Vectors and 0 ≤ j < Depth.
type Panel struct {
	Data           []float32
	First, Vectors int
	Depth, Pitch   int
}

// Panel returns panel number i from k on.
func (p *Packed) Panel(i, k int) Panel {
	n, ld := p.panels.size(i)
	return Panel{p.from(0, i, k), p.panels.start(i), n, min(p.step-k%p.step, p.k-k), ld}
}

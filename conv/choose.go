package conv

// weightInPlace returns whether the weights' gradient reads the patches where they
// are, with package wgrad, instead of gathering them for a matrix product. The bits
// are the same. The product gathers every element of the patches for as many
// multiplications as there are output channels; wgrad transposes every weight for as
// many as there are pixels. Both cost about the same, so the larger number decides;
// and with few channels most lanes of wgrad's vectors are idle. BenchmarkWeightGrad
// has cases around these bounds.
func (g *geometry) weightInPlace() bool {
	channels := g.o / g.groups
	return channels >= 8 && g.n*g.pixels() >= channels
}

package conv

// weightInPlace returns whether the weights' gradient reads the patches where they
// are, with package wgrad, instead of gathering them for a matrix product. The bits
// are the same. Gathering a patch's element is cheap beside what it is used for if
// there are many output channels, and wgrad moves the weights once for all pixels;
// so the product wins where pixels are few, and where channels leave most lanes of
// a vector idle. BenchmarkWeightGrad has the cases around these bounds.
func (g *geometry) weightInPlace() bool {
	return g.o/g.groups >= 8 && g.n*g.pixels() >= 64
}

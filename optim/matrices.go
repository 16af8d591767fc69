package optim

import "github.com/gannet-ml/gannet/tensor/grad"

// Matrices parts parameters by their shape: matrices are those of two axes or
// more, that is the weights of linear and recurrent layers, kernels and
// embeddings, and vectors are the others, that is biases and the scales and
// shifts of normalisation. The order stays.
//
// Weight decay is meant for the first: it bounds how strongly a layer depends on
// its input, while pulling a scale or a bias to 0 only hinders the fit. So
//
//	matrices, vectors := optim.Matrices(nn.Params(net))
//	opt := optim.NewAdamW(matrices, 1e-3, optim.WeightDecay(0.05))
//	opt.AddGroup(optim.Group{Params: vectors, LR: 1e-3})
//
// decays no bias and no parameter of a normalisation.
func Matrices(params []*grad.Param) (matrices, vectors []*grad.Param) {
	for _, p := range params {
		if len(p.Shape()) >= 2 {
			matrices = append(matrices, p)
		} else {
			vectors = append(vectors, p)
		}
	}
	return matrices, vectors
}

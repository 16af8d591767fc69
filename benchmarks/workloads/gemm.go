package workloads

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/tensor"
)

// product is C [m×n] = op(A)·op(B), row-major. The letters of op say whether A
// [m×k] and B [k×n] are stored as they are (N) or transposed (T). Where a factor
// is the weights of a layer it may be packed once.
type product struct {
	name    string
	op      string
	m, n, k int
	weights string // "A", "B" or "-"
}

var products = []product{
	{"sq64", "NN", 64, 64, 64, "-"},
	{"sq128", "NN", 128, 128, 128, "-"},
	{"sq256", "NN", 256, 256, 256, "-"},
	{"sq512", "NN", 512, 512, 512, "-"},
	{"sq1024", "NN", 1024, 1024, 1024, "-"},
	{"sq2048", "NN", 2048, 2048, 2048, "-"},
	{"sq512_NT", "NT", 512, 512, 512, "-"},
	{"sq512_TN", "TN", 512, 512, 512, "-"},
	{"lin_b1_4096x1024", "NT", 1, 4096, 1024, "B"},
	{"lin_b8_4096x1024", "NT", 8, 4096, 1024, "B"},
	{"lin_b64_4096x1024", "NT", 64, 4096, 1024, "B"},
	{"lin_b64_dX", "NN", 64, 1024, 4096, "-"},
	{"lin_b64_dW", "TN", 4096, 1024, 64, "-"},
	{"lstm_b1_h256", "NT", 1, 1024, 256, "B"},
	{"lstm_b32_h256", "NT", 32, 1024, 256, "B"},
	{"lstm_b64_h512", "NT", 64, 2048, 512, "B"},
	{"lstm_xproj_6400", "NT", 6400, 1024, 128, "B"},
	{"rnn_b64_h128", "NT", 64, 128, 128, "B"},
	{"tf_qkv", "NT", 2048, 768, 256, "B"},
	{"tf_ffn", "NT", 2048, 1024, 256, "B"},
	{"tf_attn", "NT", 64, 64, 64, "-"},
	{"r50_conv1", "NN", 64, 12544, 147, "A"},
	{"r50_1x1_64_256", "NN", 256, 3136, 64, "A"},
	{"r50_3x3_64", "NN", 64, 3136, 576, "A"},
	{"r50_3x3_128", "NN", 128, 784, 1152, "A"},
	{"r50_3x3_256", "NN", 256, 196, 2304, "A"},
	{"r50_3x3_512", "NN", 512, 49, 4608, "A"},
	{"r50_1x1_2048_512", "NN", 512, 49, 2048, "A"},
	{"cd_conv1", "NN", 32, 900, 27, "A"},
	{"cd_conv2", "NN", 64, 676, 800, "A"},
	{"cd_conv2_dW", "NT", 64, 800, 676, "-"},
	{"cd_conv2_dX", "TN", 800, 676, 64, "-"},
}

// gemmCases have the arguments m, n, k and which factor is a layer's weights.
func gemmCases() []Case {
	var list []Case
	for _, p := range products {
		gflop := 2e-9 * float64(p.m) * float64(p.n) * float64(p.k)
		list = append(list, Case{
			Suite: "gemm", Name: p.name, Op: p.op, Batch: 1, Args: append(words(p.m, p.n, p.k), p.weights),
			Unit: "GFLOP/s", Amount: gflop, Bound: fma, Work: gflop, New: p.run,
		})
	}
	return list
}

func (p product) run() (Run, error) {
	a := &gemm.Matrix{Data: tensor.Normal(1, 0, 1, p.m, p.k).Data(), I: p.k, K: 1}
	if p.op[0] == 'T' {
		a.I, a.K = 1, p.m
	}
	b := &gemm.Matrix{Data: tensor.Normal(2, 0, 1, p.k, p.n).Data(), I: 1, K: p.n}
	if p.op[1] == 'T' {
		b.I, b.K = p.k, 1
	}
	call := &gemm.Call{M: p.m, N: p.n, K: p.k, A: a, B: b, C: make([]float32, p.m*p.n), CRow: p.n}
	switch p.weights {
	case "A":
		call.A = gemm.PackA(p.m, p.k, a)
	case "B":
		call.B = gemm.PackB(p.n, p.k, b)
	}
	return plain(call.Run), nil
}

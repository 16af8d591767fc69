package gemm

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/cpu"
)

// Init says what the sums begin with.
type Init uint8

// The initial values of C(b,m,n).
const (
	Zero    Init = iota // 0; C is not read
	FromC               // what C holds: C += A·B
	RowBias             // Bias[m]
	ColBias             // Bias[n]
)

// Call describes the products C = init + A·B of a batch of matrices. Owners keep
// a Call and use it again, so that [Call.Run] allocates nothing. The fields may
// change between runs.
type Call struct {
	Batch   int // number of matrices; 0 means 1, but none if C is empty
	M, N, K int // C is M×N, A is M×K, B is K×N

	A, B             Operand // *Matrix, *Packed or the caller's own
	SharedA, SharedB bool    // all matrices of the batch have the same A, or B: its number 0

	C      []float32 // element (b, m, n) is C[b*CBatch + m*CRow + n]
	CRow   int
	CBatch int

	Init Init
	Bias []float32 // of length M for RowBias, N for ColBias

	// Finish, if not nil, is given pieces of the rows of C when their sums are
	// complete, to change them while they are in the cache. Pieces of different rows may
	// be given at the same time.
	Finish Finisher

	job job
}

// Finisher changes elements of C.
type Finisher interface {
	// Row is given the elements of row m of a matrix from column n on.
	Row(c []float32, matrix, m, n int)
}

// Sizes that guide the cutting of work. They change speed, never results; tests
// change them to prove it.
var (
	// blockK bounds the k that a tile runs through between loading and storing
	// C: a panel of A of that length takes at most five eighths of the first cache.
	blockK = min(max(cpu.Cache.L1*5/8/(maxRows*4)/8*8, 128), 384)

	// blockN bounds the columns of a part: blockK·blockN elements of B take three
	// quarters of the second cache.
	blockN = min(max(cpu.Cache.L2/4*3/4/blockK/maxCols, 2), 32) * maxCols

	// grain is the least number of multiplications worth a part, about 10 µs.
	grain = 512 << 10

	// maxParts is where cutting for the sake of parallelism ends.
	maxParts = 32

	// fewParts is how many parts there should be, whatever it costs.
	fewParts = 8

	// directSize bounds the elements of a small matrix B that is not packed.
	directSize = 32 << 10

	// rowsAtOnce is the number of rows of a matrix that are packed for all panels
	// before the next ones are.
	rowsAtOnce = 16

	// slab bounds the elements of a factor packed ahead for all parts to share.
	slab = 1 << 20
)

// blockLength returns the length of the blocks that k is cut into: about equal,
// at most blockK.
func blockLength(k int) int {
	return max(1, ceilDiv(k, max(1, ceilDiv(k, blockK))))
}

// Run computes the products. It panics if the sizes do not fit the slices.
func (c *Call) Run() {
	c.check()
	if c.empty() {
		return
	}
	c.job.set(c)
	c.job.run()
	c.job = job{} // holds on to nothing
}

func (c *Call) empty() bool {
	return c.M == 0 || c.N == 0 || c.Batch == 0 && len(c.C) == 0
}

// check verifies what the routines below trust.
func (c *Call) check() {
	if c.M < 0 || c.N < 0 || c.K < 0 || c.Batch < 0 {
		panic(fmt.Sprintf("gemm: Run: sizes are batch %d, %d×%d×%d, want none negative", c.Batch, c.M, c.N, c.K))
	}
	if c.empty() {
		return
	}
	batch := max(c.Batch, 1)
	if need := (batch-1)*c.CBatch + (c.M-1)*c.CRow + c.N; len(c.C) < need || c.M > 1 && c.CRow < c.N {
		panic(fmt.Sprintf("gemm: Run: C has %d elements and row stride %d, want %d and %d or more", len(c.C), c.CRow, need, c.N))
	}
	if c.Init == RowBias && len(c.Bias) < c.M || c.Init == ColBias && len(c.Bias) < c.N {
		panic(fmt.Sprintf("gemm: Run: bias has %d elements, too few for %d×%d", len(c.Bias), c.M, c.N))
	}
	checkOperand("A", c.A, batch, c.SharedA, c.M, c.K)
	checkOperand("B", c.B, batch, c.SharedB, c.N, c.K)
}

// checkOperand verifies the sizes of the operands whose sizes are known.
func checkOperand(name string, op Operand, batch int, shared bool, n, k int) {
	if k == 0 {
		return
	}
	if shared {
		batch = 1
	}
	switch op := op.(type) {
	case *Matrix:
		if need := (batch-1)*op.Batch + (n-1)*op.I + (k-1)*op.K + 1; len(op.Data) < need {
			panic(fmt.Sprintf("gemm: Run: %s has %d elements, want %d", name, len(op.Data), need))
		}
	case *Packed:
		if op.panels.n != n || op.k != k || op.batch != batch {
			panic(fmt.Sprintf("gemm: Run: %s was packed as %d of %d×%d, want %d of %d×%d",
				name, op.batch, op.panels.n, op.k, batch, n, k))
		}
	}
}

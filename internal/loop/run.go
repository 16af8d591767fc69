package loop

import "github.com/gannet-ml/gannet/internal/parallel"

// MaxInputs bounds the number of inputs of a kernel.
const MaxInputs = 4

const (
	// runLen bounds the length of a run, so that the few of them that a kernel
	// needs at once stay in the first-level cache.
	runLen = 2048
	// shortRun is the length below which rows are gathered into longer runs,
	// to spread the cost of a kernel call.
	shortRun = 256
	// partLen is the work in elements of a part, well above the cost of
	// handing it to another goroutine.
	partLen = 16384
)

// Kernel is an elementwise function of up to [MaxInputs] inputs.
type Kernel interface {
	// Rows computes dst[i] = f(in[0][i], in[1][i], …) for every i. All slices
	// have the length of dst, which may be one of them. Rows runs on many
	// goroutines at once, and element i must depend on nothing but the inputs
	// at i.
	Rows(dst []float32, in [][]float32)
}

// Unary makes a Kernel of a function of one input. The conversion of a static
// function allocates nothing.
type Unary func(dst, a []float32)

// Rows implements [Kernel].
func (f Unary) Rows(dst []float32, in [][]float32) { f(dst, in[0]) }

// Binary makes a Kernel of a function of two inputs.
type Binary func(dst, a, b []float32)

// Rows implements [Kernel].
func (f Binary) Rows(dst []float32, in [][]float32) { f(dst, in[0], in[1]) }

// Ternary makes a Kernel of a function of three inputs.
type Ternary func(dst, a, b, c []float32)

// Rows implements [Kernel].
func (f Ternary) Rows(dst []float32, in [][]float32) { f(dst, in[0], in[1], in[2]) }

// scalarKernel is a function of one input and a number.
type scalarKernel struct {
	f func(dst, a []float32, s float32)
	s float32
}

func (k *scalarKernel) Rows(dst []float32, in [][]float32) { k.f(dst, in[0], k.s) }

// Run computes dst = k(in…), or dst += k(in…) if accumulate, over all elements
// of the shape. dst must not be repeated along any axis; it may be the same
// view as an input, else the two must not overlap. Run panics if more than
// [MaxRank] axes are left or there are more than [MaxInputs] inputs.
func Run(k Kernel, accumulate bool, shape []int, dst Operand, in ...Operand) {
	if !accumulate && runSmall(k, shape, dst, in) {
		return
	}
	j := jobs.Get()
	j.kernel = k
	j.run(accumulate, shape, dst, in)
}

// runSmall runs a function of arrays that are one run as they are: for them a job would
// cost more than the function. It reports whether they are.
func runSmall(k Kernel, shape []int, dst Operand, in []Operand) bool {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if n > runLen || !dst.dense(shape) {
		return false
	}
	for i := range in {
		if !in[i].dense(shape) {
			return false
		}
	}
	switch f := k.(type) {
	case Unary:
		f(dst.Data[:n], in[0].Data[:n])
	case Binary:
		f(dst.Data[:n], in[0].Data[:n], in[1].Data[:n])
	default: // a slice of slices for it would be allocated
		return false
	}
	return true
}

// RunScalar is [Run] for f(dst, a, s), an elementwise function of one input and
// a number.
func RunScalar(f func(dst, a []float32, s float32), s float32, accumulate bool, shape []int, dst, a Operand) {
	j := jobs.Get()
	j.scalar = scalarKernel{f, s}
	j.kernel = &j.scalar
	in := [1]Operand{a}
	j.run(accumulate, shape, dst, in[:])
}

var jobs FreeList[job]

// job is one call of Run. Operand 0 is dst, the inputs follow.
type job struct {
	kernel     Kernel
	scalar     scalarKernel
	accumulate bool
	operands   int

	rank   int
	shape  [MaxRank]int
	data   [1 + MaxInputs][]float32
	stride [1 + MaxInputs][MaxRank]int

	// A run is a number of rows, neighbours along an axis, each with all the
	// axes further in.
	axis, rows, rowLen int
	runsPerAxis        int // runs along the axis
	runs, runsPerPart  int
	direct             [1 + MaxInputs]bool // runs are contiguous in memory
	needScratch        bool

	workers [parallel.MaxWorkers]*worker
}

// worker is the memory of one goroutine.
type worker struct {
	in      [MaxInputs][]float32
	scratch [1 + MaxInputs][]float32
	held    [1 + MaxInputs]held // what scratch holds
}

// held names a gathered run by the position of its first element. Inputs that
// repeat along outer axes are gathered once and used again.
type held struct{ off, rows int }

func (j *job) run(accumulate bool, shape []int, dst Operand, in []Operand) {
	if len(in) > MaxInputs {
		panic("loop: too many inputs")
	}
	j.accumulate, j.operands = accumulate, 1+len(in)
	j.data[0] = dst.Data
	for k := range in {
		j.data[1+k] = in[k].Data
	}
	if j.setAxes(shape, dst, in) {
		j.cut()
		parts := (j.runs + j.runsPerPart - 1) / j.runsPerPart
		for w := range min(parallel.Workers(), parts) {
			j.ready(w)
		}
		parallel.For(parts, j)
	}
	j.kernel = nil
	clear(j.data[:])
	jobs.Put(j)
}

// setAxes simplifies the axes. It reports false if there is nothing to do.
func (j *job) setAxes(shape []int, dst Operand, in []Operand) bool {
	j.rank = 0
	for i, d := range shape {
		switch {
		case d == 0:
			return false
		case d == 1:
			continue
		}
		r := j.rank - 1
		join := r >= 0 && j.stride[0][r] == dst.step(i, len(shape))*d
		for k := range in {
			join = join && j.stride[1+k][r] == in[k].step(i, len(shape))*d
		}
		if !join {
			r++
			if r == MaxRank {
				panic("loop: too many axes")
			}
			j.rank, j.shape[r] = r+1, 1
		}
		j.shape[r] *= d
		j.stride[0][r] = dst.step(i, len(shape))
		for k := range in {
			j.stride[1+k][r] = in[k].step(i, len(shape))
		}
	}
	if j.rank == 0 { // a scalar
		j.rank, j.shape[0] = 1, 1
		for k := range j.operands {
			j.stride[k][0] = 1
		}
	}
	return true
}

// cut chooses the runs and the parts.
func (j *job) cut() {
	j.axis, j.rowLen = j.rank-1, 1
	for j.axis > 0 && j.rowLen*j.shape[j.axis] < shortRun {
		j.rowLen *= j.shape[j.axis]
		j.axis--
	}
	j.rows = min(j.shape[j.axis], runLen/j.rowLen)
	j.runsPerAxis = (j.shape[j.axis] + j.rows - 1) / j.rows
	j.runs = j.runsPerAxis
	for _, d := range j.shape[:j.axis] {
		j.runs *= d
	}
	j.runsPerPart = max(1, partLen/(j.rows*j.rowLen))
	j.needScratch = j.accumulate
	for k := range j.operands {
		j.direct[k] = gapless(j.shape[j.axis:j.rank], j.stride[k][j.axis:j.rank])
		j.needScratch = j.needScratch || !j.direct[k]
	}
}

// ready makes the memory of a goroutine.
func (j *job) ready(w int) *worker {
	if j.workers[w] == nil {
		j.workers[w] = new(worker)
	}
	s := j.workers[w]
	if j.needScratch && s.scratch[0] == nil {
		for k := range s.scratch {
			s.scratch[k] = make([]float32, runLen)
		}
	}
	return s
}

// Do implements [parallel.Task].
func (j *job) Do(w, part int) {
	s := j.ready(w)
	clear(s.held[:])
	first := part * j.runsPerPart
	for r := first; r < min(first+j.runsPerPart, j.runs); r++ {
		j.runOne(s, r)
	}
	clear(s.in[:])
}

func (j *job) runOne(s *worker, r int) {
	var off [1 + MaxInputs]int
	i := r % j.runsPerAxis * j.rows
	rows := min(j.rows, j.shape[j.axis]-i)
	for a, q := j.axis, r/j.runsPerAxis; ; a-- {
		for k := range j.operands {
			off[k] += i * j.stride[k][a]
		}
		if a == 0 {
			break
		}
		i = q % j.shape[a-1]
		q /= j.shape[a-1]
	}
	n := rows * j.rowLen
	for k := 1; k < j.operands; k++ {
		s.in[k-1] = j.input(s, k, off[k], rows)
	}
	in := s.in[:j.operands-1]
	if j.direct[0] && !j.accumulate {
		j.kernel.Rows(j.data[0][off[0]:off[0]+n], in)
		return
	}
	t := s.scratch[0][:n]
	j.kernel.Rows(t, in)
	c := at(j.shape[j.axis:j.rank], j.stride[0][j.axis:j.rank], 0)
	c.scatter(j.data[0][off[0]:], t, j.accumulate)
}

// input returns a run of input k that starts at off.
func (j *job) input(s *worker, k, off, rows int) []float32 {
	n := rows * j.rowLen
	if j.direct[k] {
		return j.data[k][off : off+n]
	}
	t := s.scratch[k][:n]
	if h := (held{off, rows}); s.held[k] != h {
		c := at(j.shape[j.axis:j.rank], j.stride[k][j.axis:j.rank], 0)
		c.gather(t, j.data[k][off:])
		s.held[k] = h
	}
	return t
}

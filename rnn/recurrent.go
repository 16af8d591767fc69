package rnn

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// recurrent is the operation behind all layers: one layer, in one direction or in
// both, over whole sequences. For each direction, with the row of work z and the
// cell's function f,
//
//	z_t = Wih·x_t + Whh·h_{t−1} + biases   h_t, c_t = f(z_t, h_{t−1}, c_{t−1})
//
// where · is a matrix product or a convolution; with a projection, h_t is
// Whr·h_t. The products with x are one over all steps. Backward goes from the last
// step to the first, and the gradients of weights are one product over all steps:
//
//	dz_t, dc_{t−1} = f'(dh_t, dc_t)   dh_{t−1} = dy_{t−1} + Whhᵀ·dz_t
//	dWih = Σ_t dz_tᵀ·x_t              dWhh = Σ_t dz_tᵀ·h_{t−1}
//	dx_t = Wihᵀ·dz_t                  db = Σ_t dz_t
//
// Its inputs are the sequences, their lengths, the initial h and c, and for each
// direction wih, whh, bih, bhh and whr; all but the first, wih and whh may be
// absent. Its results are the states h at all steps and the last h and c, if there
// is a c.
type recurrent struct {
	name       string
	cell       *cell
	space      int // axes of the places of a state: 0, or 1 or 2 for convolutions
	directions int
	timeFirst  bool
}

// The inputs of a recurrent. Those of a direction follow each other.
const (
	inX = iota
	inLengths
	inH
	inC
	inWeights

	wih = iota - inWeights - 1
	whh
	bih
	bhh
	whr
	perDirection
)

func (op *recurrent) Name() string { return op.name }

func (op *recurrent) Outputs() int {
	if op.cell.memory {
		return 3
	}
	return 2
}

func (op *recurrent) Needs() grad.Needs {
	in := uint32(1<<inX | 1<<inH | 1<<inC)
	for d := range op.directions {
		in |= (1<<wih | 1<<whh | 1<<whr) << (inWeights + d*perDirection)
	}
	return grad.Needs{In: in, Out: 1}
}

// The shapes of an input, by the axes of its places.
var layouts = [...]string{"features", "channels width", "channels height width"}

func (op *recurrent) Infer(in, out []tensor.Shape) error {
	x := in[inX]
	if len(x) != 3+op.space || x[0] == 0 && op.timeFirst || x[1] == 0 && !op.timeFirst {
		order := "batch steps"
		if op.timeFirst {
			order = "steps batch"
		}
		return fmt.Errorf("input has shape %v, want [%s %s] with at least one step", x, order, layouts[op.space])
	}
	n := x[0]
	if op.timeFirst {
		n = x[1]
	}
	if l := in[inLengths]; l != nil && !l.Equal(tensor.Shape{n}) && !l.Equal(tensor.Shape{n, 1}) {
		return fmt.Errorf("lengths have shape %v, want [%d]", l, n)
	}
	hidden, projected := 0, 0
	for d := range op.directions {
		var err error
		if hidden, projected, err = op.inferWeights(x, in[inWeights+d*perDirection:][:perDirection]); err != nil {
			return err
		}
	}
	state := func(dst tensor.Shape, size int) tensor.Shape {
		return append(append(dst[:0], op.directions, n, size), x[3:]...)
	}
	if h, want := in[inH], state(out[1], projected); h != nil && !h.Equal(want) {
		return fmt.Errorf("initial state has shape %v, want %v", h, want)
	}
	out[0] = append(append(out[0][:0], x[0], x[1], op.directions*projected), x[3:]...)
	out[1] = state(out[1], projected)
	if op.cell.memory {
		out[2] = state(out[2], hidden)
		if c := in[inC]; c != nil && !c.Equal(out[2]) {
			return fmt.Errorf("initial c has shape %v, want %v", c, out[2])
		}
	}
	return nil
}

// inferWeights checks the weights of a direction and returns the sizes of the state
// before and after projection.
func (op *recurrent) inferWeights(x tensor.Shape, w []tensor.Shape) (hidden, projected int, err error) {
	gates := op.cell.gates
	in := w[wih]
	switch {
	case len(in) != 2+op.space || in[0] == 0 || in[0]%gates != 0:
		form := "hidden"
		if gates > 1 {
			form = fmt.Sprintf("%d·hidden", gates)
		}
		return 0, 0, fmt.Errorf("input weight has shape %v, want [%s %s]", in, form, [...]string{"features", "channels kernel", "channels kernel kernel"}[op.space])
	case x[2] != in[1] && op.space == 0:
		return 0, 0, fmt.Errorf("input has %d features in a step, want %d", x[2], in[1])
	case x[2] != in[1]:
		return 0, 0, fmt.Errorf("input has %d channels, want %d", x[2], in[1])
	}
	for _, k := range in[2:] {
		if k%2 == 0 {
			return 0, 0, fmt.Errorf("kernel %d, want an odd number", k)
		}
	}
	hidden = in[0] / gates
	projected = hidden
	if p := w[whr]; p != nil {
		if len(p) != 2 || p[1] != hidden {
			return 0, 0, fmt.Errorf("projection has shape %v, want [projected %d]", p, hidden)
		}
		projected = p[0]
	}
	if h := w[whh]; len(h) != len(in) || h[0] != in[0] || h[1] != projected || !h[2:].Equal(in[2:]) {
		return 0, 0, fmt.Errorf("recurrent weight has shape %v, want %v", h, append(tensor.Shape{in[0], projected}, in[2:]...))
	}
	for _, b := range w[bih : bhh+1] {
		if b != nil && !b.Equal(tensor.Shape{in[0]}) {
			return 0, 0, fmt.Errorf("bias has shape %v, want [%d]", b, in[0])
		}
	}
	return hidden, projected, nil
}

// scan is the working state of a recurrent: it takes blocks of sequences through
// all steps.
type scan struct {
	*cell
	order
	in, size   int // features or channels of an input, and of a state before projection
	out        int // those of a state after it
	area       int // places of a channel
	weight     int // values of a recurrent weight
	directions int
	dirs       [2]direction

	xSize, hSize, cSize, zSize int // of a step: input, state, state before projection, row of work

	x, y           []float32
	h0, c0, hn, cn []float32 // initial and final states, nil where there are none
	dy, dhn, dcn   []float32 // Backward: the gradients of the results, nil where there are none
	dh0, dc0       []float32 // those of the initial states, nil where nobody wants them
	none           []float32 // zeros, the state before the first
	first          []int     // of each sequence, where its state begins in that of a direction
	own            []int     // of each row, where its state begins among those of all rows

	products products
	dense    dense
	slide    slide
	backward bool
	workers  [parallel.MaxWorkers]*worker // once it had something to do
	call     gemm.Call                    // of the products over all steps
	a, b     gemm.Matrix
	rows     rows
	columns  columns
}

// direction is what a scan has for each direction.
type direction struct {
	number        int
	wih, whh, whr []float32
	xAt, yAt      []int // of each row, where its step begins in x and y

	z    []float32 // rows of work
	c    []float32 // second states
	u    []float32 // states before projection, nil without one
	bias []float32 // of the gates: the sum of both, where the products meet
	q    []float32 // what the last part of a row of work begins with, if they do not

	dz []float32 // gradients of the rows of work
	dp []float32 // those of the states, which projection made
	db []float32 // of each block, the sum of its dz

	state   gemm.Packed // whh as the steps need it
	project gemm.Packed // whr likewise
	packed  *packed     // all weights, if a plan or a stream packed them; then state and project are not used
}

// products are the linear part of a layer: [dense] or [slide].
type products interface {
	// input computes the parts of all rows of work that input window i of the cell
	// says, of inputs and biases.
	input(s *scan, d *direction, i int)
	// pack brings the recurrent weight into the form that the steps need, if it is not
	// packed yet.
	pack(s *scan, d *direction)
	// forward adds the products with states, which begin at the given places, to
	// rows of work.
	forward(s *scan, w *worker, d *direction, first, rows int, states []float32, at []int)
	// back computes the gradients of the states before in w.dh, or adds them.
	back(s *scan, w *worker, d *direction, first, rows int)
	// weight computes the gradient of the weight of the gates of a window, or adds it
	// to dst. The channels that it was multiplied with begin at the given places.
	weight(s *scan, d *direction, dst []float32, w window, x []float32, at []int, channels int, add bool)
	// inputGradient computes the gradients of the inputs of all rows in dst.
	inputGradient(s *scan, d *direction, dst []float32)
}

// scan returns the working state, made ready for the call but for the order.
func (op *recurrent) scan(c *grad.Call) *scan {
	s := grad.Work[scan](c)
	s.set(op, c.InShape(inX), c.InShape(inWeights+wih), c.OutShape(0)[2]/op.directions)
	s.x, s.y, s.h0, s.c0 = c.InData(inX), c.Out(0).Data(), c.InData(inH), c.InData(inC)
	s.perm, s.lens = c.SaveInts(0, s.n), c.SaveInts(1, s.n)
	s.none = c.Scratch(max(s.hSize, s.cSize))
	clear(s.none)
	return s
}

// set takes in the shapes of sequences and of an input weight, and the size of a
// state after projection.
func (s *scan) set(op *recurrent, x, w tensor.Shape, out int) {
	s.cell, s.directions, s.timeFirst = op.cell, op.directions, op.timeFirst
	s.n, s.t = x[0], x[1]
	if s.timeFirst {
		s.n, s.t = x[1], x[0]
	}
	s.in, s.size, s.out, s.area = x[2], w[0]/s.gates, out, x[3:].Size()
	s.xSize, s.hSize, s.cSize = s.in*s.area, s.out*s.area, s.size*s.area
	s.zSize, s.weight = s.parts*s.cSize, w[0]*out*w[2:].Size()
	s.products = &s.dense
	if op.space > 0 {
		s.products = &s.slide
		s.slide.set(x[3:], w[2:])
	}
}

// arrange numbers the rows and finds the places of each.
func (s *scan) arrange() {
	s.number()
	s.first = ints(s.first, s.n)
	for i, n := range s.perm {
		s.first[i] = n * s.hSize
	}
	for i := range s.directions {
		d := &s.dirs[i]
		d.number = i
		d.xAt, d.yAt = ints(d.xAt, s.total), ints(d.yAt, s.total)
		s.places(d.xAt, i == 1, s.xSize, 0)
		s.places(d.yAt, i == 1, s.directions*s.hSize, i*s.hSize)
	}
}

// prepare arranges the rows and gives each direction its weights and buffers.
func (s *scan) prepare(c *grad.Call) {
	s.arrange()
	for i := range s.directions {
		d, at := &s.dirs[i], inWeights+i*perDirection
		d.packed, d.z, d.c, d.u = nil, nil, nil, nil
		d.wih, d.whh, d.whr = c.InData(at+wih), c.InData(at+whh), c.InData(at+whr)
		if s.stored || !s.backward {
			d.z = s.keep(c, 3*i, s.stored, s.zSize)
		}
		if s.memory {
			d.c = s.keep(c, 3*i+1, true, s.cSize)
		}
		if d.whr != nil {
			d.u = s.keep(c, 3*i+2, true, s.cSize)
		}
	}
}

// keep returns a buffer of so many values a row, which lasts until Backward if it
// is read there and that may follow.
func (s *scan) keep(c *grad.Call, key int, read bool, size int) []float32 {
	if read && c.Recording() {
		return c.Save(key, s.total*size)
	}
	return c.Scratch(s.total * size)
}

func (op *recurrent) Forward(c *grad.Call) {
	s := op.scan(c)
	s.backward = false
	if err := s.sort(c.InData(inLengths), c.Tracing()); err != nil {
		c.Fail(err)
		return
	}
	s.prepare(c)
	s.hn, s.cn = c.Out(1).Data(), nil
	if s.memory {
		s.cn = c.Out(2).Data()
	}
	s.clearPadding(s.y, s.directions*s.hSize)
	packed, _ := c.Packed().([]packed)
	for i := range s.directions {
		d, at := &s.dirs[i], inWeights+i*perDirection
		d.bias, d.q = c.Scratch(s.gates*s.size), c.Scratch(s.qSize())
		s.sumBiases(d, c.InData(at+bih), c.InData(at+bhh))
		if packed != nil {
			d.packed = &packed[i]
		}
		s.inputs(d)
		if s.t > 1 || s.h0 != nil {
			s.products.pack(s, d)
		}
		if d.packed == nil && d.whr != nil {
			s.b = gemm.Matrix{Data: d.whr, I: s.size, K: 1}
			d.project.SetB(s.hSize, s.size, &s.b)
		}
	}
	s.run()
}

// inputs computes the products with the inputs of all rows.
func (s *scan) inputs(d *direction) {
	for k := range s.input {
		if s.total > 0 {
			s.products.input(s, d, k)
		}
	}
}

// inputWeight returns the weight of input window i, of so many values a row.
func (s *scan) inputWeight(d *direction, i, size int) gemm.Operand {
	if d.packed != nil {
		return d.packed.input[i]
	}
	s.b = gemm.Matrix{Data: d.wih[s.input[i].gate*s.size*size:], I: size, K: 1}
	return &s.b
}

// stateWeight returns the recurrent weight.
func (d *direction) stateWeight() gemm.Operand {
	if d.packed != nil {
		return d.packed.state
	}
	return &d.state
}

// qSize returns the size of what the last part of a row of work begins with, 0 if
// all products meet.
func (s *scan) qSize() int {
	if s.joint() < s.gates {
		return s.cSize
	}
	return 0
}

// sumBiases computes what the sums of a direction begin with; either bias may be
// nil.
func (s *scan) sumBiases(d *direction, bih, bhh []float32) {
	clear(d.bias)
	if bih != nil {
		copy(d.bias, bih)
	}
	joint := s.joint() * s.size
	if bhh != nil {
		vec.Add(d.bias[:joint], d.bias, bhh)
	}
	if s.joint() < s.gates {
		clear(d.q)
		for i := 0; i < s.size && bhh != nil; i++ {
			vec.Fill(d.q[i*s.area:][:s.area], bhh[joint+i])
		}
	}
}

// grain is the least number of multiplications worth a fork, as in package gemm.
const grain = 512 << 10

// run takes all blocks through all steps.
func (s *scan) run() {
	parts := s.directions * s.blocks()
	if float64(s.directions*s.total*s.area)*float64(s.weight) >= grain {
		parallel.For(parts, s)
		return
	}
	for i := range parts {
		s.Do(0, i)
	}
}

// Do implements [parallel.Task]; a part is a block of sequences in one direction.
func (s *scan) Do(number, i int) {
	w := s.workers[number]
	if w == nil {
		w = new(worker)
		s.workers[number] = w
	}
	d, b := &s.dirs[i/s.blocks()], i%s.blocks()
	if s.backward {
		s.blockBackward(w, d, b)
	} else {
		s.blockForward(w, d, b)
	}
}

// before returns the states before a step of a block, whether they are other than
// zeros, and where each begins.
func (s *scan) before(d *direction, b, t, rows int) (states []float32, given bool, at []int) {
	at = s.first[b*block:][:rows]
	switch {
	case t > 0:
		first, _ := s.step(b, t-1)
		return s.y, true, d.yAt[first:][:rows]
	case s.h0 != nil:
		return s.h0[d.number*s.n*s.hSize:], true, at
	}
	return nil, false, at
}

func (op *recurrent) Backward(c *grad.Call) {
	s := op.scan(c)
	s.backward = true
	s.prepare(c)
	s.dy, s.dhn, s.dcn = c.GradOutData(0), c.GradOutData(1), nil
	if s.memory {
		s.dcn = c.GradOutData(2)
	}
	s.dh0, s.dc0 = nil, nil
	if c.Needed(inH) {
		s.dh0 = c.Scratch(s.directions * s.n * s.hSize)
	}
	if c.Needed(inC) {
		s.dc0 = c.Scratch(s.directions * s.n * s.cSize)
	}
	for i := range s.directions {
		d := &s.dirs[i]
		d.dz = c.Scratch(s.total * s.zSize)
		d.db = c.Scratch(s.blocks() * s.zSize)
		if d.whr != nil {
			d.dp = c.Scratch(s.total * s.hSize)
			s.b = gemm.Matrix{Data: d.whr, I: 1, K: s.size}
			d.project.SetB(s.size, s.hSize, &s.b)
		}
		s.products.pack(s, d)
	}
	s.run()

	for i := range s.directions {
		s.weightGradients(c, &s.dirs[i])
	}
	s.inputGradients(c)
	s.addTo(c, inH, s.dh0)
	s.addTo(c, inC, s.dc0)
}

// weightGradients computes the gradients of the parameters of a direction.
func (s *scan) weightGradients(c *grad.Call, d *direction) {
	at := inWeights + d.number*perDirection
	if dw, add := c.BeginGrad(at + wih); dw != nil {
		rows := len(dw) / s.gates
		for _, w := range s.input {
			s.products.weight(s, d, dw[w.gate*rows:], w, s.x, d.xAt, s.in, add)
		}
		c.EndGrad(at + wih)
	}
	if dw, add := c.BeginGrad(at + whh); dw != nil {
		before := c.Scratch(s.total * s.hSize)
		s.gatherBefore(d, before)
		s.own = ints(s.own, s.total)
		for r := range s.own {
			s.own[r] = r * s.hSize
		}
		s.products.weight(s, d, dw, s.recurrent(), before, s.own, s.out, add)
		c.EndGrad(at + whh)
	}
	if dw, add := c.BeginGrad(at + whr); dw != nil {
		s.a = gemm.Matrix{Data: d.dp, I: 1, K: s.hSize}
		s.b = gemm.Matrix{Data: d.u, I: 1, K: s.size}
		s.call = gemm.Call{M: s.hSize, N: s.size, K: s.total, A: &s.a, B: &s.b, C: dw, CRow: s.size, Init: initial(add)}
		s.call.Run()
		c.EndGrad(at + whr)
	}
	sum := c.Scratch(s.zSize)
	clear(sum)
	for b := range s.blocks() {
		vec.Add(sum, sum, d.db[b*s.zSize:])
	}
	if db, add := c.BeginGrad(at + bih); db != nil {
		for _, w := range s.input {
			s.biasGradient(db, sum, w, add)
		}
		c.EndGrad(at + bih)
	}
	if db, add := c.BeginGrad(at + bhh); db != nil {
		s.biasGradient(db, sum, s.recurrent(), add)
		c.EndGrad(at + bhh)
	}
}

// initial returns what a gradient that is computed or added to begins with.
func initial(add bool) gemm.Init {
	if add {
		return gemm.FromC
	}
	return gemm.Zero
}

// gatherBefore writes the state before each row to dst.
func (s *scan) gatherBefore(d *direction, dst []float32) {
	for b := range s.blocks() {
		for t := range s.steps(b) {
			first, rows := s.step(b, t)
			states, given, at := s.before(d, b, t, rows)
			for j, from := range at {
				to := dst[(first+j)*s.hSize:][:s.hSize]
				if given {
					copy(to, states[from:])
				} else {
					clear(to)
				}
			}
		}
	}
}

// biasGradient adds up the places of each channel of the sum of dz.
func (s *scan) biasGradient(db, sum []float32, w window, add bool) {
	db, sum = db[w.gate*s.size:][:w.n*s.size], sum[w.at*s.cSize:]
	if !add {
		clear(db)
	}
	for i := range db {
		db[i] += vec.Sum(sum[i*s.area:][:s.area])
	}
}

// inputGradients computes the gradients of the inputs in the order of the rows, and
// brings them to where they belong.
func (s *scan) inputGradients(c *grad.Call) {
	dx, add := c.BeginGrad(inX)
	if dx == nil {
		return
	}
	if !add {
		s.clearPadding(dx, s.xSize)
	}
	rows := c.Scratch(s.total * s.xSize)
	for i := range s.directions {
		d := &s.dirs[i]
		if s.total > 0 {
			s.products.inputGradient(s, d, rows)
		}
		for r, at := range d.xAt {
			from, to := rows[r*s.xSize:][:s.xSize], dx[at:][:s.xSize]
			if add || i > 0 {
				vec.Add(to, to, from)
			} else {
				copy(to, from)
			}
		}
	}
	c.EndGrad(inX)
}

// addTo writes the gradient of an initial state, or adds it.
func (s *scan) addTo(c *grad.Call, i int, g []float32) {
	dst, add := c.BeginGrad(i)
	if dst == nil {
		return
	}
	if add {
		vec.Add(dst, dst, g)
	} else {
		copy(dst, g)
	}
	c.EndGrad(i)
}

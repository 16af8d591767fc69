package serve

import (
	"context"
	"fmt"
	"math/bits"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/gannet-ml/gannet/nn/drift"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// batcher computes the waiting requests for a network together. Requests stand in a
// bounded queue; whichever worker is idle takes as many from its head as fit a
// batch, waits for more no longer than the setting MaxDelay says, and leaves out
// those that nobody waits for any more. Since a network's result for a sample does
// not depend on the rest of its batch, nobody can tell.
type batcher struct {
	server   *Server
	net      *Network
	version  *version
	stats    *stats
	unseen   sync.Once // an error of the monitor was told
	watched  watched
	maxRows  int
	maxDelay time.Duration

	mu      sync.Mutex
	queue   []*job
	rows    int           // samples in queue
	arrived chan struct{} // holds a token when there may be work
	stop    chan struct{}
	workers sync.WaitGroup
}

// job is a request in the queue.
type job struct {
	ctx   context.Context
	x     []*tensor.Tensor
	y     *tensor.Tensor
	rows  int
	since time.Time
	done  chan error // receives one value
}

func newBatcher(n *Network, s *Server, v *version) *batcher {
	b := &batcher{
		server: s, net: n, version: v, stats: &v.stats,
		maxRows: n.batch(&s.o), maxDelay: s.o.MaxDelay,
		arrived: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	for range s.o.Workers {
		b.workers.Go(b.work)
	}
	return b
}

// close stops the workers once they are idle. No request may be waiting.
func (b *batcher) close() {
	if b == nil {
		return
	}
	close(b.stop)
	b.workers.Wait()
}

// infer answers a request.
func (b *batcher) infer(ctx context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
	size, err := b.net.size(in)
	if err != nil {
		return nil, err
	}
	if most := b.server.o.MaxMemory; size > most {
		return nil, oip.Errorf(http.StatusRequestEntityTooLarge, "memory", "%d samples take %d bytes, want at most %d", rowsOf(in), size, most)
	}
	if err := b.server.Hold(size); err != nil {
		return nil, err
	}
	defer b.server.Release(size)
	x, err := b.net.prepare(ctx, in)
	if err != nil {
		return nil, err
	}
	y, out := b.net.result(x[0].Dim(0))
	if x[0].Dim(0) == 0 {
		return out, nil
	}
	j := &job{ctx: ctx, x: x, y: y, rows: x[0].Dim(0), since: time.Now(), done: make(chan error, 1)}
	if err := b.put(j); err != nil {
		return nil, err
	}
	select {
	case err = <-j.done:
	case <-ctx.Done():
		b.drop(j)
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// put appends a job to the queue.
func (b *batcher) put(j *job) error {
	b.mu.Lock()
	if len(b.queue) >= b.version.places {
		b.mu.Unlock()
		return queueFull(b.version.places)
	}
	b.queue = append(b.queue, j)
	b.rows += j.rows
	b.mu.Unlock()
	b.wake()
	return nil
}

// queueFull is the error of a request for which there is no place.
func queueFull(places int) error {
	return oip.Errorf(http.StatusServiceUnavailable, "queue_full", "%d requests are waiting already", places)
}

// drop removes a job from the queue, if it is still there.
func (b *batcher) drop(j *job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, q := range b.queue {
		if q == j {
			b.queue = slices.Delete(b.queue, i, i+1)
			b.rows -= j.rows
			return
		}
	}
}

// wake tells one worker that there may be work.
func (b *batcher) wake() {
	select {
	case b.arrived <- struct{}{}:
	default:
	}
}

// plenty reports whether a full batch is waiting.
func (b *batcher) plenty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rows >= b.maxRows
}

// depth returns the number of waiting requests.
func (b *batcher) depth() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.queue)
}

// work is a worker.
func (b *batcher) work() {
	w := worker{batcher: b}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait, batch := b.take(w.batch[:0])
		if w.batch = batch; len(batch) > 0 {
			w.run()
			if !b.plenty() {
				// Those who were answered, and may ask again, come before the next batch, which
				// would be small without them.
				runtime.Gosched()
			}
			continue
		}
		var due <-chan time.Time
		if wait > 0 {
			timer.Reset(wait)
			due = timer.C
		}
		select {
		case <-b.arrived:
		case <-due:
		case <-b.stop:
			return
		}
	}
}

// take moves a batch from the queue to dst. If it is too early for one, it returns
// after which time to look again, 0 if the queue is empty.
func (b *batcher) take(dst []*job) (time.Duration, []*job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return 0, dst
	}
	if b.rows < b.maxRows && b.maxDelay > 0 {
		now := time.Now()
		if wait := b.due().Sub(now); wait > 0 {
			return wait, dst
		}
	}
	// A predictor computes a power of two of samples at once and cuts other numbers;
	// what is beyond it goes with the next batch, and with what has come by then.
	most := 1 << (bits.Len(uint(min(b.rows, b.maxRows))) - 1)
	rows, n := 0, 0
	for _, j := range b.queue {
		if n > 0 && rows+j.rows > most {
			break
		}
		rows += j.rows
		n++
	}
	dst = append(dst, b.queue[:n]...)
	left := copy(b.queue, b.queue[n:])
	clear(b.queue[left:])
	b.queue = b.queue[:left]
	b.rows -= rows
	if left > 0 {
		b.wake()
	}
	return 0, dst
}

// due returns when the waiting jobs are to be computed even if more would fit: when
// the first has waited for maxDelay, or any for half the time that it has.
func (b *batcher) due() time.Time {
	due := b.queue[0].since.Add(b.maxDelay)
	for _, j := range b.queue {
		if end, ok := j.ctx.Deadline(); ok {
			if half := j.since.Add(end.Sub(j.since) / 2); half.Before(due) {
				due = half
			}
		}
	}
	return due
}

// worker is a worker's memory.
type worker struct {
	*batcher
	batch  []*job
	x      []*tensor.Tensor // for maxRows samples; nil until needed
	y      *tensor.Tensor
	xv     []tensor.Tensor // views
	more   []*tensor.Tensor
	yv, at tensor.Tensor
}

// run computes a batch and answers its jobs.
func (w *worker) run() {
	start := time.Now()
	live := w.batch[:0]
	rows := 0
	for _, j := range w.batch {
		if err := j.ctx.Err(); err != nil {
			j.done <- err
			continue
		}
		rows += j.rows
		live = append(live, j)
		w.stats.wait(start.Sub(j.since))
	}
	defer clear(w.batch)
	if w.batch = live; len(live) == 0 {
		return
	}
	err := w.together(rows)
	took := time.Since(start)
	w.stats.compute(rows, took)
	if err != nil && len(live) > 1 {
		w.apart()
		return
	}
	for _, j := range live {
		j.done <- err
	}
}

// together computes a batch at once.
func (w *worker) together(rows int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	if len(w.batch) == 1 {
		return w.alone(w.batch[0])
	}
	w.prepare()
	at := 0
	for _, j := range w.batch {
		for i, x := range j.x {
			w.x[i].SliceTo(&w.at, 0, at, at+j.rows).Copy(x)
		}
		at += j.rows
	}
	for i, x := range w.x {
		w.more[i] = x.SliceTo(&w.xv[i], 0, 0, rows)
	}
	y := w.y.SliceTo(&w.yv, 0, 0, rows)
	// The batch is nobody's in particular: it must not end with one of its requests.
	if err := w.net.Predictor.PredictInto(context.Background(), y, w.more[0], w.more[1:]...); err != nil {
		return err
	}
	w.observe(w.more[0], y)
	at = 0
	for _, j := range w.batch {
		j.y.Copy(y.SliceTo(&w.at, 0, at, at+j.rows))
		at += j.rows
	}
	return nil
}

// prepare makes the memory for batches of several jobs.
func (w *worker) prepare() {
	if w.x != nil {
		return
	}
	for _, s := range w.net.Predictor.InputShapes() {
		w.x = append(w.x, tensor.Make[float32](append(tensor.Shape{w.maxRows}, s...)...))
	}
	w.y = tensor.Make[float32](append(tensor.Shape{w.maxRows}, w.net.Predictor.OutputShape()...)...)
	w.xv = make([]tensor.Tensor, len(w.x))
	w.more = make([]*tensor.Tensor, len(w.x))
}

// alone computes a job by itself.
func (w *worker) alone(j *job) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	if err = w.net.Predictor.PredictInto(j.ctx, j.y, j.x[0], j.x[1:]...); err == nil {
		w.observe(j.x[0], j.y)
	}
	return err
}

// watched is the last report of a monitor.
type watched struct {
	mu     sync.Mutex
	report *drift.Report
	at     time.Time
}

// reportEvery is how old a report may be when metrics are read: it takes some
// milliseconds to make, and is of the last thousands of samples anyway.
const reportEvery = 5 * time.Second

// report returns what the monitor of the network said not long ago, nil if there is
// none.
func (b *batcher) report() *drift.Report {
	if b == nil || b.net.Monitor == nil {
		return nil
	}
	w := &b.watched
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.report == nil || time.Since(w.at) > reportEvery {
		w.report, w.at = b.net.Monitor.Report(), time.Now()
	}
	return w.report
}

// observe shows the monitor what was computed. If that is not for what the monitor
// was made, it is told once and clients are not concerned.
func (b *batcher) observe(x, y *tensor.Tensor) {
	if b.net.Monitor == nil {
		return
	}
	fail := func(err any) {
		b.unseen.Do(func() {
			b.server.log.Error("the monitor does not fit the model", "model", b.version.model, "version", b.version.name, "error", err)
		})
	}
	defer func() {
		if r := recover(); r != nil {
			fail(r)
		}
	}()
	if err := b.net.Monitor.Observe(x, y); err != nil {
		fail(err)
	}
}

// apart computes the jobs of a batch that failed one by one, so that only the one
// that is at fault fails.
func (w *worker) apart() {
	for _, j := range w.batch {
		j.done <- w.alone(j)
	}
}

// panicError is what became of a panic in a model.
type panicError struct {
	value any
	stack []byte
}

func panicked(v any) error { return &panicError{v, debug.Stack()} }

// Error implements the interface error.
func (e *panicError) Error() string { return fmt.Sprintf("the model panicked: %v", e.value) }

package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gannet-ml/gannet/nn/serve"
)

var concurrency = []Case{
	{Name: "answers_are_never_mixed", Run: neverMixed},
	{Name: "cancelled_client_frees_its_slot", Own: shortQueue, Run: cancelled},
	{Name: "overload_is_refused_and_passes", Own: shortQueue, Run: overload},
	{Name: "failure_is_not_shared", Own: shortQueue, Run: notShared},
	{Name: "reload_under_load", Own: func(*serve.Options) {}, Run: reload},
}

// places is the length of a short queue.
const places = 4

func shortQueue(o *serve.Options) { o.MaxQueue = places }

// neverMixed: each of many clients gets the answer to its own request.
func neverMixed(ctx context.Context, _ *Server, k Kind, c Client) error {
	return parallel(8, k.Load, func(i int) error {
		r := post(toDouble, fmt.Sprintf(`{"id":"%d",%s}`, i, input("[1,3]", fmt.Sprintf("[%d,%d,%d]", i, i+1, -i))))
		return ask(ctx, c, r, doubled("[1,3]", fmt.Sprintf("[%d,%d,%d]", 2*i, 2*i+2, -2*i), fmt.Sprintf(`"id":"%d"`, i)))
	})
}

// parallel calls f for 0 to n−1, from some goroutines, and returns the first error.
func parallel(goroutines, n int, f func(i int) error) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, goroutines)
	for g := range goroutines {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && errs[g] == nil; i = int(next.Add(1)) - 1 {
				errs[g] = f(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// toHeld is a request to the model held.
func toHeld(v int) Request {
	return post("/v2/models/held/infer", fmt.Sprintf(`{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3],"data":[%d,0,0]}]}`, v))
}

func heldAnswer(v int) Check {
	return answers(fmt.Sprintf(`{"model_name":"held","model_version":"1","outputs":[{"name":"output","datatype":"FP32","shape":[1,3],"data":[%d,0,0]}]}`, v))
}

// crowd is requests to the model held.
type crowd struct {
	s    *Server
	c    Client
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs []error
}

// gather closes the gate and sends a request, which a worker takes to it.
func gather(ctx context.Context, s *Server, c Client) (*crowd, error) {
	s.gate.Lock()
	w := &crowd{s: s, c: c}
	came := s.came.Load()
	w.send(ctx, 0, heldAnswer(0))
	return w, await(ctx, "the worker", func() bool { return s.came.Load() > came })
}

// send sends a request.
func (w *crowd) send(ctx context.Context, v int, want Check) {
	w.wg.Go(func() {
		err := ask(ctx, w.c, toHeld(v), want)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.errs = append(w.errs, err)
	})
}

// queue sends requests, one after the other, to the queue, where so many are.
func (w *crowd) queue(ctx context.Context, waiting int, values ...int) error {
	for _, v := range values {
		want := heldAnswer(v)
		if v == 13 {
			want = refused(500)
		}
		w.send(ctx, v, want)
		waiting++
		if err := w.waiting(ctx, waiting); err != nil {
			return err
		}
	}
	return nil
}

// waiting waits until so many requests are in the queue.
func (w *crowd) waiting(ctx context.Context, n int) error {
	return await(ctx, fmt.Sprint(n, " in the queue"), func() bool { return w.s.waiting() == n })
}

// open opens the gate and waits for the answers.
func (w *crowd) open() error {
	w.s.gate.Unlock()
	w.wg.Wait()
	return errors.Join(w.errs...)
}

// overload: requests beyond the queue are told to come again, and then can.
func overload(ctx context.Context, s *Server, _ Kind, c Client) error {
	w, err := gather(ctx, s, c)
	if err == nil {
		err = w.queue(ctx, 0, 1, 2, 3, 4)
	}
	if err == nil {
		err = ask(ctx, c, toHeld(5), refused(503), present("Retry-After"))
	}
	return errors.Join(err, w.open(), ask(ctx, c, toHeld(5), heldAnswer(5)))
}

// cancelled: a client that does not wait any more leaves its place in the queue.
func cancelled(ctx context.Context, s *Server, _ Kind, c Client) error {
	w, err := gather(ctx, s, c)
	if err == nil {
		err = w.queue(ctx, 0, 1, 2, 3)
	}
	if err == nil {
		err = w.leave(ctx, places)
	}
	if err == nil {
		err = w.queue(ctx, places-1, 5)
	}
	return errors.Join(err, w.open())
}

// leave sends a request that is the last of so many in the queue, and goes away.
func (w *crowd) leave(ctx context.Context, waiting int) error {
	short, cancel := context.WithCancel(ctx)
	defer cancel()
	gone := make(chan error, 1)
	go func() {
		_, err := w.c.Do(short, toHeld(4))
		gone <- err
	}()
	if err := w.waiting(ctx, waiting); err != nil {
		return err
	}
	cancel()
	if <-gone == nil {
		return errors.New("a client that went away got an answer")
	}
	return w.waiting(ctx, waiting-1)
}

// notShared: of requests that are computed together only the one at fault fails.
func notShared(ctx context.Context, s *Server, _ Kind, c Client) error {
	w, err := gather(ctx, s, c)
	if err == nil {
		err = w.queue(ctx, 0, 1, 2, 13, 3)
	}
	return errors.Join(err, w.open())
}

// reload: while versions come and go, every answer is wholly that of one, which it
// names.
func reload(ctx context.Context, s *Server, k Kind, c Client) error {
	swap := s.swapper()
	if err := swap(); err != nil {
		return err
	}
	var seen [4]atomic.Int64
	done := make(chan struct{})
	changed := make(chan error, 1)
	go func() {
		for {
			select {
			case <-done:
				changed <- nil
				return
			default:
			}
			if err := swap(); err != nil {
				changed <- err
				return
			}
		}
	}()
	request := func(i int) error {
		r := post("/v2/models/changing/infer", `{`+input("[1,3]", fmt.Sprintf("[%d,1,2]", i))+`}`)
		return ask(ctx, c, r, func(r *Response) error {
			if err := status(200)(r); err != nil {
				return err
			}
			var got struct {
				Version string `json:"model_version"`
				Outputs []struct{ Data []float64 }
			}
			if err := json.Unmarshal(r.Body, &got); err != nil {
				return err
			}
			var factor int
			if _, err := fmt.Sscan(got.Version, &factor); err != nil || factor < 2 || factor > 3 || len(got.Outputs) != 1 {
				return fmt.Errorf("want version 2 or 3")
			}
			seen[factor].Add(1)
			if want := []float64{float64(factor * i), float64(factor), float64(2 * factor)}; !slices.Equal(got.Outputs[0].Data, want) {
				return fmt.Errorf("want %v of version %d", want, factor)
			}
			return nil
		})
	}
	var err error
	for err == nil && ctx.Err() == nil && (seen[2].Load() == 0 || seen[3].Load() == 0) {
		err = parallel(4, k.Load/20, request)
	}
	close(done)
	return errors.Join(err, <-changed, ctx.Err())
}

// swapper returns a function that puts version 2 and version 3 of the model changing
// to work in turn, and removes the other one.
func (s *Server) swapper() func() error {
	next, last := 2, 0
	return func() error {
		n, err := times(float32(next))
		if err != nil {
			return err
		}
		if err := s.Register("changing", fmt.Sprint(next), n); err != nil {
			return err
		}
		if last > 0 {
			if err := s.Unregister("changing", fmt.Sprint(last)); err != nil {
				return err
			}
		}
		next, last = 5-next, next
		return nil
	}
}

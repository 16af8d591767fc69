package grad

import "time"

// Observer is told of the work on a tape, call by call: a profile of where time
// and memory go, or a report of what a network computes.
type Observer interface {
	// Forward is told that a call was computed; its outputs hold the results. An
	// operation in place, as [ReLUInPlace], has overwritten its input with them.
	Forward(c *Call, took time.Duration)
	// Backward is told that the gradients of a call's inputs were computed from
	// those of its outputs, which [Call.GradOut] still returns, unless the operation
	// works in place: then it returns that of the input. What a later operation in
	// place has overwritten is gone.
	Backward(c *Call, took time.Duration)
}

// Observe makes the tape tell observers of its work, in place of those it told
// before. Views, such as [Reshape], compute nothing and are not told of. What
// Observers do is not part of the time they are told.
func (t *Tape) Observe(observers ...Observer) { t.observers = observers }

// forward computes the outputs of a call.
func (c *Call) forward() {
	start := c.tape.clock()
	c.op.Forward(c)
	c.endScratch()
	c.tape.tell(c, start, Observer.Forward)
}

// differentiate computes the gradients of the inputs of a call.
func (c *Call) differentiate() {
	start := c.tape.clock()
	c.hide = true
	c.op.Backward(c)
	c.hide = false
	c.endScratch()
	c.tape.tell(c, start, Observer.Backward)
}

// clock returns the time, if there are observers.
func (t *Tape) clock() (now time.Time) {
	if len(t.observers) > 0 {
		now = time.Now()
	}
	return now
}

// tell tells the observers of work on c that began at start and went well.
func (t *Tape) tell(c *Call, start time.Time, event func(Observer, *Call, time.Duration)) {
	if len(t.observers) == 0 || t.err != nil {
		return
	}
	took := time.Since(start)
	for _, o := range t.observers {
		event(o, c, took)
	}
}

// Index returns the place of the call on the tape, from 0 on; the same network
// applied again finds each call at its place.
func (c *Call) Index() int { return c.index }

// Bytes returns the memory that the call takes by itself: that of its outputs, unless
// they are views, and of what Forward saved for Backward. In a [Plan] outputs share it.
func (c *Call) Bytes() (outputs, saved int) {
	for _, v := range c.out {
		if v.base == nil {
			outputs += 4 * v.data.Len()
		}
	}
	for _, b := range c.saved {
		saved += 4 * len(b)
	}
	return outputs, saved
}

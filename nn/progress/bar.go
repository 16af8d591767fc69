package progress

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/nn"
)

// Option is a setting of [Bar].
type Option func(b *bar)

// Every sets how often a line is written within an epoch where the writer is not
// a terminal. The default is 30 seconds; 0 leaves the ends of epochs alone.
func Every(d time.Duration) Option { return func(b *bar) { b.every = d } }

// Width sets the number of columns and has the bar drawn as on a terminal
// whatever the writer is. Without it the terminal is asked, at each line.
func Width(columns int) Option {
	return func(b *bar) { b.columns = func() int { return columns } }
}

// redraw is the least time between two drawings on a terminal: ten a second look
// fluent and cost nothing next to a step.
const redraw = 100 * time.Millisecond

// bar is the state of a [Bar].
type bar struct {
	w       io.Writer
	every   time.Duration
	columns func() int // of the terminal; 0 if there is none
	now     func() time.Time

	begin     time.Time // of Fit
	drawn     time.Time // when the last line was written
	firstStep int       // steps of this epoch that were done before Fit began
	epochs    int       // complete epochs since Fit began
	live      int       // length of the unfinished line on the terminal
}

// Bar returns a callback that shows epoch, step, mean loss, throughput and time
// left. On a terminal that is a bar, redrawn at most ten times a second and cut
// to the width of the terminal. Elsewhere it is a line for each epoch, and one
// every 30 seconds within long epochs. The line of an epoch also has what was
// measured in validation; its time is that spent on training, while the time
// left counts everything. If a twentieth of it or more went by in waiting for the
// loader, the line says so: more workers of it, or less to do for each sample.
//
// Training goes on when w fails: nobody wants to lose a run to a closed terminal.
func Bar(w io.Writer, options ...Option) nn.Callback {
	return newBar(w, options...).event
}

func newBar(w io.Writer, options ...Option) *bar {
	b := &bar{w: w, every: 30 * time.Second, now: time.Now, columns: func() int { return terminalWidth(w) }}
	for _, o := range options {
		o(b)
	}
	return b
}

// event is the callback.
func (b *bar) event(e *nn.Event) error {
	switch e.Kind {
	case nn.FitBegin:
		b.begin, b.epochs, b.drawn = b.now(), 0, time.Time{}
	case nn.EpochBegin:
		b.firstStep = e.Step
		if b.columns() == 0 { // the first plain line comes after the first interval
			b.drawn = b.now()
		}
	case nn.StepEnd:
		b.step(e)
	case nn.EpochEnd:
		b.epochs++
		b.line(b.epoch(e))
	case nn.FitEnd:
		b.line(b.end(e))
	}
	return nil
}

// step draws the bar, or writes a plain line, if it is time to.
func (b *bar) step(e *nn.Event) {
	since, columns := b.now().Sub(b.drawn), b.columns()
	switch {
	case columns > 0 && since >= redraw:
		b.draw(e, columns)
	case columns == 0 && b.every > 0 && since >= b.every:
		b.line(epochOf(e) + "  step " + stepOf(e) + b.state(e))
	}
}

// stateWidth is the room that the gauge leaves for what state returns. It is a
// constant, so that the gauge does not change its length with the digits.
const stateWidth = 48

// draw draws the unfinished line of an epoch. The last column stays free, since
// some terminals wrap when it is written.
func (b *bar) draw(e *nn.Event, columns int) {
	head, tail := epochOf(e), stepOf(e)+b.state(e)
	middle := "  "
	if n := min(columns-len(head)-len(stepOf(e))-stateWidth, 30); n >= 5 && e.Steps > 0 {
		middle = " [" + gauge(e.Step, e.Steps, n) + "] "
	}
	line := head + middle + tail // ASCII
	b.write(line[:min(len(line), columns-1)])
}

// line writes a line that stays.
func (b *bar) line(s string) {
	b.write(s)
	io.WriteString(b.w, "\n")
	b.live = 0
}

// write writes s over the unfinished line, with spaces over what remains of it:
// codes that clear a line are not known to every console.
func (b *bar) write(s string) {
	n := len(s)
	if b.live > 0 {
		s = "\r" + s + strings.Repeat(" ", max(b.live-n, 0))
	}
	b.live, b.drawn = n, b.now()
	io.WriteString(b.w, s)
}

// gauge returns a bar of n columns for step of steps.
func gauge(step, steps, n int) string {
	full := min(max(step, 0), steps) * n / steps
	if full == n {
		return strings.Repeat("=", n)
	}
	return strings.Repeat("=", full) + ">" + strings.Repeat(" ", n-full-1)
}

// epochOf returns the epoch and how many are wanted, of constant width.
func epochOf(e *nn.Event) string { return "epoch " + outOf(e.Epoch, e.Epochs) }

// stepOf returns the step and how many there are, of constant width.
func stepOf(e *nn.Event) string { return outOf(e.Step, e.Steps) }

// outOf returns i/n, and i alone where n is not known.
func outOf(i, n int) string {
	if n <= 0 {
		return fmt.Sprint(i)
	}
	return fmt.Sprintf("%*d/%d", len(fmt.Sprint(n)), i, n)
}

// state returns loss, throughput and the time that the epoch has left.
func (b *bar) state(e *nn.Event) string {
	s := fmt.Sprintf("  loss %.4g", e.Loss) + speed(e.Samples, e.Elapsed.Seconds())
	if done := e.Step - b.firstStep; done > 0 && e.Steps > e.Step {
		left := e.Elapsed / time.Duration(done) * time.Duration(e.Steps-e.Step)
		s += "  " + clock(left) + " left"
	}
	return s
}

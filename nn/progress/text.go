package progress

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/nn"
)

// epoch returns the line of a complete epoch.
func (b *bar) epoch(e *nn.Event) string {
	r := e.History.Last()
	var s strings.Builder
	fmt.Fprintf(&s, "epoch %s  loss %.4g", outOf(r.Epoch, e.Epochs), r.Loss)
	between := "  validation "
	for _, name := range slices.Sorted(maps.Keys(r.Validation)) {
		fmt.Fprintf(&s, "%s%s %.4g", between, name, r.Validation[name])
		between = ", "
	}
	fmt.Fprintf(&s, "  %s%s", rough(seconds(r.Seconds)), speed(r.Samples, r.Seconds))
	if share := r.Waiting / r.Seconds; share >= 0.05 {
		fmt.Fprintf(&s, "  %.0f %% waiting for data", 100*share)
	}
	if left := e.Epochs - r.Epoch; left > 0 {
		fmt.Fprintf(&s, "  %s left", rough(b.now().Sub(b.begin)/time.Duration(b.epochs)*time.Duration(left)))
	}
	return s.String()
}

// end returns the last line.
func (b *bar) end(e *nn.Event) string {
	took := rough(b.now().Sub(b.begin))
	switch {
	case b.begin.IsZero():
		return fmt.Sprintf("training did not begin: %v", e.Err)
	case e.Err != nil:
		return fmt.Sprintf("training stopped in epoch %s after %s: %v", outOf(e.Epoch, e.Epochs), took, e.Err)
	case b.epochs == 1:
		return "trained 1 epoch in " + took
	}
	return fmt.Sprintf("trained %d epochs in %s", b.epochs, took)
}

// speed returns the throughput, nothing if no time has passed.
func speed(samples int, seconds float64) string {
	if seconds <= 0 || samples <= 0 {
		return ""
	}
	perSecond := float64(samples) / seconds
	if perSecond < 10 {
		return fmt.Sprintf("  %.2g samples/s", perSecond)
	}
	return fmt.Sprintf("  %.0f samples/s", perSecond)
}

// seconds returns a number of seconds as a Duration.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// rough returns a duration to the tenth of a second below a minute, and to the
// second or minute above: 12.3s, 4m05s, 2h07m.
func rough(d time.Duration) string {
	if d.Round(100*time.Millisecond) < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	if d = d.Round(time.Second); d < time.Hour {
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// clock returns a duration that counts down, 1:02:03 or 2:03.
func clock(d time.Duration) string {
	d = d.Round(time.Second)
	h, m, s := d/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second
	if h > 0 {
		return fmt.Sprintf("%d:%02d:%02d", h, m, s)
	}
	return fmt.Sprintf("%d:%02d", m, s)
}

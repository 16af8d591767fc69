package progress

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn"
)

// run plays a training to callbacks: steps of 64 samples that take a second of
// the clock, and validation that takes ten.
type run struct {
	epochs, steps int
	from          int // steps of the first epoch that are done already
	validation    bool
	err           error // ends the run before its last step
}

func (r run) play(t *testing.T, now *time.Time, callback nn.Callback) {
	t.Helper()
	h := new(nn.History)
	e := &nn.Event{History: h, Epochs: r.epochs, Steps: r.steps, Epoch: 1, Step: r.from}
	tell := func(k nn.Kind) {
		t.Helper()
		if e.Kind = k; callback(e) != nil {
			t.Fatalf("event %d: the callback has an error", k)
		}
	}
	tell(nn.FitBegin)
	for e.Epoch = 1; e.Epoch <= r.epochs; e.Epoch++ {
		e.Step, e.Samples, e.Elapsed = r.from, 0, 0
		tell(nn.EpochBegin)
		for e.Step < r.steps {
			if r.err != nil && e.Epoch == r.epochs && e.Step == r.steps-1 {
				e.Err = r.err
				tell(nn.FitEnd)
				return
			}
			*now = now.Add(time.Second)
			e.Step++
			e.Samples += 64
			e.Elapsed += time.Second
			e.StepLoss = 1 / float64(e.Epoch*e.Step)
			e.Loss = 2 / float64(e.Epoch*(1+e.Step))
			tell(nn.StepEnd)
		}
		record := nn.EpochRecord{Epoch: e.Epoch, Loss: e.Loss, Samples: e.Samples, Seconds: e.Elapsed.Seconds()}
		if r.validation {
			*now = now.Add(10 * time.Second)
			record.Validation = map[string]float64{"loss": 0.71234, "accuracy": 0.5 + 0.1*float64(e.Epoch)}
		}
		h.Epochs = append(h.Epochs, record)
		tell(nn.EpochEnd)
		r.from = 0
	}
	e.Epoch = r.epochs
	tell(nn.FitEnd)
}

// show returns what a bar writes about a run, \r as <.
func show(t *testing.T, r run, options ...Option) string {
	t.Helper()
	now := time.Unix(0, 0)
	var out bytes.Buffer
	b := newBar(&out, options...)
	b.now = func() time.Time { return now }
	r.play(t, &now, b.event)
	return strings.ReplaceAll(out.String(), "\r", "<")
}

func TestBarWaiting(t *testing.T) {
	for waiting, want := range map[float64]string{0.2: "", 0.25: "  5 % waiting for data", 5: "  100 % waiting for data"} {
		h := &nn.History{Epochs: []nn.EpochRecord{{Epoch: 1, Loss: 0.5, Samples: 64, Seconds: 5, Waiting: waiting}}}
		got := newBar(io.Discard).epoch(&nn.Event{Epochs: 1, History: h})
		if full := "epoch 1/1  loss 0.5  5.0s  13 samples/s" + want; got != full {
			t.Errorf("%v s of waiting: %q, want %q", waiting, got, full)
		}
	}
}

func TestBarPlain(t *testing.T) {
	got := show(t, run{epochs: 2, steps: 5, validation: true}, Every(2*time.Second))
	want := `epoch 1/2  step 2/5  loss 0.6667  64 samples/s  0:03 left
epoch 1/2  step 4/5  loss 0.4  64 samples/s  0:01 left
epoch 1/2  loss 0.3333  validation accuracy 0.6, loss 0.7123  5.0s  64 samples/s  15.0s left
epoch 2/2  step 2/5  loss 0.3333  64 samples/s  0:03 left
epoch 2/2  step 4/5  loss 0.2  64 samples/s  0:01 left
epoch 2/2  loss 0.1667  validation accuracy 0.7, loss 0.7123  5.0s  64 samples/s
trained 2 epochs in 30.0s
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestBarPlainSparse: by default only the ends of short epochs are written.
func TestBarPlainSparse(t *testing.T) {
	for _, options := range [][]Option{nil, {Every(0)}} {
		got := show(t, run{epochs: 1, steps: 29}, options...)
		want := "epoch 1/1  loss 0.06667  29.0s  64 samples/s\ntrained 1 epoch in 29.0s\n"
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestBarTerminal(t *testing.T) {
	got := show(t, run{epochs: 2, steps: 3, validation: true}, Width(80))
	want := "epoch 1/2 [======>             ] 1/3  loss 1  64 samples/s  0:02 left" +
		"<epoch 1/2 [=============>      ] 2/3  loss 0.6667  64 samples/s  0:01 left" +
		"<epoch 1/2 [====================] 3/3  loss 0.5  64 samples/s              " +
		"<epoch 1/2  loss 0.5  validation accuracy 0.6, loss 0.7123  3.0s  64 samples/s  13.0s left\n" +
		"epoch 2/2 [======>             ] 1/3  loss 0.5  64 samples/s  0:02 left"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant the beginning\n%s", got, want)
	}
	if want := "  3.0s  64 samples/s\ntrained 2 epochs in 26.0s\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant the end\n%s", got, want)
	}
}

// TestBarWidth: a line that is redrawn never reaches the last column.
func TestBarWidth(t *testing.T) {
	for columns := 2; columns < 100; columns++ {
		out := show(t, run{epochs: 1, steps: 12}, Width(columns))
		drawn := strings.Split(strings.Split(out, "\n")[0], "<")
		for _, line := range drawn[:len(drawn)-1] {
			if len(line) > columns-1 {
				t.Errorf("%d columns: %q has %d", columns, line, len(line))
			}
		}
		if len(drawn) != 13 {
			t.Errorf("%d columns: drawn %d times, want 13", columns, len(drawn))
		}
	}
}

// TestBarRedraw: fast steps are not all drawn.
func TestBarRedraw(t *testing.T) {
	now := time.Unix(0, 0)
	var out bytes.Buffer
	b := newBar(&out, Width(80))
	b.now = func() time.Time { return now }
	e := &nn.Event{Epoch: 1, Epochs: 1, Steps: 1000, History: new(nn.History)}
	for _, e.Kind = range []nn.Kind{nn.FitBegin, nn.EpochBegin} {
		b.event(e)
	}
	for e.Kind = nn.StepEnd; e.Step < 1000; e.Step++ {
		b.event(e)
		now = now.Add(time.Millisecond)
	}
	if got := strings.Count(out.String(), "epoch"); got != 10 {
		t.Errorf("a second of steps is drawn %d times, want 10", got)
	}
}

// TestBarResumed: the time left follows from the steps of this Fit.
func TestBarResumed(t *testing.T) {
	got := show(t, run{epochs: 1, steps: 100, from: 90}, Every(4*time.Second))
	if want := "step  94/100  loss 0.02105  64 samples/s  0:06 left\n"; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant in it\n%s", got, want)
	}
}

func TestBarError(t *testing.T) {
	r := run{epochs: 2, steps: 2, err: errors.New("loss is NaN")}
	for end, option := range map[string]Option{
		"\ntraining stopped in epoch 2/2 after 3.0s: loss is NaN\n":    Every(0),
		"left<training stopped in epoch 2/2 after 3.0s: loss is NaN\n": Width(60),
	} {
		if got := show(t, r, option); !strings.HasSuffix(got, end) {
			t.Errorf("got\n%s\nwant the end\n%s", got, end)
		}
	}
}

// TestBarUnknown: without epochs, steps or time there is nothing to divide by.
func TestBarUnknown(t *testing.T) {
	var out bytes.Buffer
	b := newBar(&out, Width(80))
	e := &nn.Event{History: new(nn.History), Epoch: 1, Step: 1}
	for _, e.Kind = range []nn.Kind{nn.FitBegin, nn.EpochBegin, nn.StepEnd, nn.EpochEnd, nn.FitEnd} {
		if err := b.event(e); err != nil {
			t.Error(err)
		}
	}
	if got := out.String(); !strings.HasPrefix(got, "epoch 1  1  loss 0\repoch 0  loss 0  0.0s\n") {
		t.Errorf("got %q", got)
	}
}

// TestBarNotATerminal: pipes, files and buffers have no width.
func TestBarNotATerminal(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, w := range []io.Writer{f, new(bytes.Buffer), io.Discard} {
		if got := terminalWidth(w); got != 0 {
			t.Errorf("terminalWidth(%T) = %d, want 0", w, got)
		}
	}
}

// TestBarReused: a second Fit starts afresh.
func TestBarReused(t *testing.T) {
	now := time.Unix(0, 0)
	var out bytes.Buffer
	b := newBar(&out, Every(0))
	b.now = func() time.Time { return now }
	r := run{epochs: 3, steps: 2}
	r.play(t, &now, b.event)
	first := out.String()
	out.Reset()
	r.play(t, &now, b.event)
	if out.String() != first {
		t.Errorf("second run\n%swant\n%s", out.String(), first)
	}
}

func TestDurations(t *testing.T) {
	for _, c := range []struct {
		d            time.Duration
		rough, clock string
	}{
		{0, "0.0s", "0:00"},
		{1240 * time.Millisecond, "1.2s", "0:01"},
		{59960 * time.Millisecond, "1m00s", "1:00"},
		{245 * time.Second, "4m05s", "4:05"},
		{time.Hour - time.Millisecond, "1h00m", "1:00:00"},
		{2*time.Hour + 6*time.Minute + 58*time.Second, "2h07m", "2:06:58"},
		{30 * time.Hour, "30h00m", "30:00:00"},
	} {
		if got := rough(c.d); got != c.rough {
			t.Errorf("rough(%v) = %s, want %s", c.d, got, c.rough)
		}
		if got := clock(c.d); got != c.clock {
			t.Errorf("clock(%v) = %s, want %s", c.d, got, c.clock)
		}
	}
}

// TestNotBegun is about a run that Fit refuses.
func TestNotBegun(t *testing.T) {
	var b strings.Builder
	if err := Bar(&b)(&nn.Event{Kind: nn.FitEnd, Err: errors.New("0 epochs")}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != "training did not begin: 0 epochs\n" {
		t.Errorf("the bar says %q", got)
	}
}

package drift

import (
	"cmp"
	"errors"
	"fmt"
	"sync"

	"github.com/gannet-ml/gannet/tensor"
)

// Options are the settings of a [Monitor]. The zero of each is the usual choice.
type Options struct {
	Window       int     // samples that are compared, the last ones; 0 means 1000
	MinSamples   int     // without which there is no verdict; 0 means 100
	Significance float64 // probability of a false alarm of the tests of a report, all together; 0 means 0.05
	Warning      float64 // PSI from which there is a warning; 0 means 0.1
	Alarm        float64 // PSI from which there is an alarm; 0 means 0.25
	Distance     float64 // Wasserstein distance from which a large window has drifted; 0 means 0.1

	// Features computes the features of a reference that was made with the option
	// Features; nil means the function that it was made with, which a file does not
	// hold.
	Features Func
}

// Monitor keeps the last samples that a network was given and answered. All methods
// may be called by any number of goroutines at once. Its memory is that of the window:
// four bytes for each sample and feature.
type Monitor struct {
	ref      *Reference
	schema   schema
	options  Options
	distance *mahalanobis // nil if the reference has no distances

	mu     sync.Mutex
	idle   []*batch
	rows   []float32 // ring of the window
	labels []int32   // likewise
	next   int       // place of the next sample
	seen   int64
}

// NewMonitor returns a monitor that has not seen a sample.
func NewMonitor(ref *Reference, options Options) (*Monitor, error) {
	m, err := newMonitor(ref, options)
	if err != nil {
		return nil, fmt.Errorf("drift: NewMonitor: %w", err)
	}
	return m, nil
}

func newMonitor(ref *Reference, o Options) (*Monitor, error) {
	o.Window, o.MinSamples = cmp.Or(o.Window, 1000), cmp.Or(o.MinSamples, 100)
	o.Significance, o.Distance = cmp.Or(o.Significance, 0.05), cmp.Or(o.Distance, 0.1)
	o.Warning, o.Alarm = cmp.Or(o.Warning, 0.1), cmp.Or(o.Alarm, 0.25)
	switch {
	case o.MinSamples < 1 || o.Window < o.MinSamples:
		return nil, fmt.Errorf("the window is %d and MinSamples %d, want at least 1 and a window of as many", o.Window, o.MinSamples)
	case !(o.Significance > 0 && o.Significance < 1):
		return nil, fmt.Errorf("the significance is %v, want more than 0 and less than 1", o.Significance)
	case !(o.Distance > 0):
		return nil, fmt.Errorf("the distance is %v, want more than 0", o.Distance)
	case !(o.Warning > 0 && o.Warning <= o.Alarm):
		return nil, fmt.Errorf("the warning is from %v and the alarm from %v, want more than 0 and an alarm of as much", o.Warning, o.Alarm)
	}
	m := &Monitor{ref: ref, schema: ref.schema, options: o}
	switch custom := ref.layout == custom; {
	case custom && o.Features != nil:
		m.schema.f = o.Features
	case custom && ref.f == nil:
		return nil, errors.New("the reference was made with the option Features, and there is no function in Options.Features")
	case !custom && o.Features != nil:
		return nil, errors.New("Options.Features is a function, but the reference was made without")
	}
	if c := ref.cloud; c != nil {
		var err error
		if m.distance, err = newMahalanobis(c.center, c.covariance); err != nil {
			return nil, err
		}
	}
	m.rows = make([]float32, o.Window*m.schema.features())
	m.labels = make([]int32, o.Window)
	return m, nil
}

// Observe takes in a batch: inputs x [N, …] and the outputs y that the network gave
// for them, as [NewReference] had them; what that had nil is not looked at. It keeps
// nothing of x and y, and allocates nothing once it has seen a batch of the size, as
// long as these are contiguous. It returns an error if shapes are not those of the
// reference or the function of Options.Features does; nothing of the batch is taken
// in then.
func (m *Monitor) Observe(x, y *tensor.Tensor) error {
	n, err := m.schema.check(x, y)
	if err != nil {
		return fmt.Errorf("drift: Observe: %w", err)
	}
	b := m.borrow()
	err = b.read(&m.schema, x, y, n)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.idle = append(m.idle, b)
	if err != nil {
		return fmt.Errorf("drift: Observe: %w", err)
	}
	k, window := m.schema.features(), m.options.Window
	for i := max(n-window, 0); i < n; i++ {
		copy(m.rows[m.next*k:], b.rows[i*k:(i+1)*k])
		m.labels[m.next] = b.labels[i]
		m.next = (m.next + 1) % window
	}
	m.seen += int64(n)
	return nil
}

// borrow returns a batch that no other goroutine uses. There are as many as there
// were calls of Observe at once.
func (m *Monitor) borrow() *batch {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := len(m.idle) - 1
	if last < 0 {
		return new(batch)
	}
	b := m.idle[last]
	m.idle = m.idle[:last]
	return b
}

// window returns a copy of the samples in the window.
func (m *Monitor) window() (rows []float32, labels []int32, seen int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := int(min(m.seen, int64(m.options.Window)))
	rows = append(rows, m.rows[:n*m.schema.features()]...)
	return rows, append(labels, m.labels[:n]...), m.seen
}

package inspect

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
	"github.com/google/pprof/profile"
)

// Profile gathers the time and the memory of every operation on a tape. It is a
// [grad.Observer]; its zero value is ready to be given to nn.Observe or
// [grad.Tape.Observe]. It is used by one goroutine.
type Profile struct {
	costs  []*Cost // in the order in which they were first met
	byCall map[call]*Cost
	events []event
}

// call tells the operations of a network apart.
type call struct {
	index     int
	layer, op string
}

func callOf(c *grad.Call) call { return call{c.Index(), c.Layer(), c.Op().Name()} }

// Cost is what one operation of a network has taken.
type Cost struct {
	Layer  string       // path of the layer, see [grad.Call.Layer]
	Op     string       // name of the operation
	Output tensor.Shape // of the last call
	Calls  int

	Forward, Backward time.Duration // of all calls together
	// Bytes is the memory that a call holds until the step ends: its outputs, and
	// what it saves for Backward; of the largest call.
	Bytes int
}

// event is a piece of work for a trace.
type event struct {
	cost     *Cost
	backward bool
	start    time.Time
	took     time.Duration
}

// maxEvents bounds the memory of a trace.
const maxEvents = 1 << 16

// Forward implements [grad.Observer].
func (p *Profile) Forward(c *grad.Call, took time.Duration) {
	cost := p.cost(c)
	cost.Calls++
	cost.Forward += took
	cost.Output = append(cost.Output[:0], c.OutShape(0)...)
	outputs, saved := c.Bytes()
	cost.Bytes = max(cost.Bytes, outputs+saved)
	p.event(cost, false, took)
}

// Backward implements [grad.Observer].
func (p *Profile) Backward(c *grad.Call, took time.Duration) {
	cost := p.cost(c)
	cost.Backward += took
	p.event(cost, true, took)
}

func (p *Profile) cost(c *grad.Call) *Cost {
	key := callOf(c)
	cost := p.byCall[key]
	if cost == nil {
		if p.byCall == nil {
			p.byCall = map[call]*Cost{}
		}
		cost = &Cost{Layer: key.layer, Op: key.op}
		p.byCall[key] = cost
		p.costs = append(p.costs, cost)
	}
	return cost
}

func (p *Profile) event(cost *Cost, backward bool, took time.Duration) {
	if len(p.events) < maxEvents {
		p.events = append(p.events, event{cost, backward, time.Now().Add(-took), took})
	}
}

// Reset forgets everything.
func (p *Profile) Reset() { *p = Profile{} }

// Costs returns what each operation has taken, in the order of the network.
func (p *Profile) Costs() []Cost {
	list := make([]Cost, len(p.costs))
	for i, c := range p.costs {
		list[i] = *c
		list[i].Output = c.Output.Clone()
	}
	return list
}

// String formats the costs of a call, forward and backward, as a table: time, its
// share of the whole, and memory.
func (p *Profile) String() string {
	var total time.Duration
	bytes := 0
	for _, c := range p.costs {
		total += c.Forward + c.Backward
		bytes += c.Bytes
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "layer\toperation\toutput\tcalls\tforward ms\tbackward ms\tshare\tMiB\t\n")
	for _, c := range p.costs {
		calls := float64(max(c.Calls, 1))
		fmt.Fprintf(w, "%s\t%s\t%v\t%d\t%.3f\t%.3f\t%.1f %%\t%.2f\t\n", c.Layer, c.Op, c.Output, c.Calls,
			milliseconds(c.Forward)/calls, milliseconds(c.Backward)/calls,
			100*float64(c.Forward+c.Backward)/float64(max(total, 1)), float64(c.Bytes)/(1<<20))
	}
	w.Flush()
	fmt.Fprintf(&b, "%.1f ms in all, %.2f MiB held in a step\n", milliseconds(total), float64(bytes)/(1<<20))
	return b.String()
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// WritePprof writes a profile for go tool pprof, compressed. Its samples are
// calls, nanoseconds and bytes; the frames of a sample are forward or backward, the
// parts of the layer's path, and the operation.
//
//	go tool pprof -http :8000 FILE
func (p *Profile) WritePprof(w io.Writer) error {
	b := builder{functions: map[string]*profile.Location{}}
	b.SampleType = []*profile.ValueType{{Type: "calls", Unit: "count"}, {Type: "time", Unit: "nanoseconds"}, {Type: "memory", Unit: "bytes"}}
	b.DefaultSampleType = "time"
	for _, c := range p.costs {
		b.sample("forward", c, int64(c.Calls), int64(c.Forward), int64(c.Bytes))
		if c.Backward > 0 {
			b.sample("backward", c, 0, int64(c.Backward), 0)
		}
	}
	if err := b.CheckValid(); err != nil {
		return fmt.Errorf("inspect: WritePprof: %w", err)
	}
	return b.Write(w)
}

// builder makes the places of a profile, one for each name.
type builder struct {
	profile.Profile
	functions map[string]*profile.Location
}

func (b *builder) sample(phase string, c *Cost, values ...int64) {
	names := []string{phase}
	if c.Layer != "" {
		names = append(names, strings.Split(c.Layer, ".")...)
	}
	s := &profile.Sample{Value: values}
	for i := range names { // a part is named by its whole path
		name := strings.Join(names[1:i+1], ".")
		if i == 0 {
			name = phase
		}
		s.Location = append([]*profile.Location{b.location(name)}, s.Location...)
	}
	s.Location = append([]*profile.Location{b.location(c.Op)}, s.Location...) // the innermost comes first
	b.Sample = append(b.Sample, s)
}

func (b *builder) location(name string) *profile.Location {
	l := b.functions[name]
	if l == nil {
		f := &profile.Function{ID: uint64(len(b.Function) + 1), Name: name, SystemName: name}
		l = &profile.Location{ID: f.ID, Line: []profile.Line{{Function: f}}}
		b.Function = append(b.Function, f)
		b.Location = append(b.Location, l)
		b.functions[name] = l
	}
	return l
}

// traceEvent is a complete event of the trace event format of Chrome.
type traceEvent struct {
	Name     string            `json:"name"`
	Category string            `json:"cat"`
	Phase    string            `json:"ph"`
	Start    float64           `json:"ts"`  // µs
	Duration float64           `json:"dur"` // µs
	Process  int               `json:"pid"`
	Thread   int               `json:"tid"`
	Args     map[string]string `json:"args"`
}

// WriteTrace writes what happened when, as JSON in the trace event format, which
// chrome://tracing and ui.perfetto.dev show. It holds the first 65,536 pieces of
// work.
func (p *Profile) WriteTrace(w io.Writer) error {
	trace := struct {
		Events []traceEvent `json:"traceEvents"`
		Unit   string       `json:"displayTimeUnit"`
	}{Events: []traceEvent{}, Unit: "ms"}
	for _, e := range p.events {
		t := traceEvent{
			Name: strings.TrimSpace(e.cost.Layer + " " + e.cost.Op), Category: "forward", Phase: "X", Process: 1, Thread: 1,
			Start:    float64(e.start.Sub(p.events[0].start)) / float64(time.Microsecond),
			Duration: float64(e.took) / float64(time.Microsecond),
			Args:     map[string]string{"output": fmt.Sprint(e.cost.Output)},
		}
		if e.backward {
			t.Category = "backward"
		}
		trace.Events = append(trace.Events, t)
	}
	return json.NewEncoder(w).Encode(trace)
}

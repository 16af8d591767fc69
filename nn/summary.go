package nn

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Overview describes a network; see [Summary]. It prints as a table.
type Overview struct {
	Input      tensor.Shape   // of a batch of one
	More       []tensor.Shape // of further inputs
	Operations []Operation
	Trainable  int // number of trainable values
	Fixed      int // number of values in frozen parameters and buffers
	Activation int // bytes of all intermediate results for one sample; views, such as Flatten's, take none
}

// Operation is one line of an [Overview].
type Operation struct {
	Layer  string // path of the layer, see grad.Call.Layer
	Name   string
	Output tensor.Shape
	Params int // values in the parameters that are used here for the first time
}

// Summary traces an initialised network for the shape of one sample, with
// those of further inputs if it has any, and describes what it does.
func Summary(net Module, sample tensor.Shape, more ...tensor.Shape) (o *Overview, err error) {
	in := append([]tensor.Shape{sample}, more...)
	if err := checkSample(in); err != nil {
		return nil, fmt.Errorf("nn: Summary: %w", err)
	}
	params, err := collect(net)
	if err != nil {
		return nil, fmt.Errorf("nn: Summary: %w", err)
	}
	t := grad.NewTape(grad.Evaluation|grad.Trace, 0)
	defer t.Reset()
	defer func() {
		if t.Err() != nil { // user code may have tripped over an empty result
			recover()
			o, err = nil, t.Err()
		}
	}()
	x := zeros(1, in)
	o = &Overview{Input: x[0].Shape()}
	for _, m := range x[1:] {
		o.More = append(o.More, m.Shape())
	}
	net.Forward(feed(t, x[0], x[1:]))
	seen := map[*grad.Param]bool{}
	for _, c := range t.Calls() {
		op := Operation{Layer: c.Layer(), Name: c.Op().Name(), Output: c.Outputs()[0].Shape().Clone()}
		for _, v := range c.Inputs() {
			p := v.Param()
			if p == nil {
				continue
			}
			if !seen[p] {
				seen[p] = true
				op.Params += p.Shape().Size()
			}
		}
		outputs, _ := c.Bytes()
		o.Activation += outputs
		o.Operations = append(o.Operations, op)
	}
	for _, p := range params {
		if p.Trainable() {
			o.Trainable += p.Shape().Size()
		} else {
			o.Fixed += p.Shape().Size()
		}
	}
	return o, nil
}

// String formats the table.
func (o *Overview) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Layer\tOperation\tOutput\tParameters\n\tInput\t%v\t\n", o.Input)
	for i, s := range o.More {
		fmt.Fprintf(w, "\tInput %d\t%v\t\n", i+1, s)
	}
	for _, op := range o.Operations {
		n := ""
		if op.Params > 0 {
			n = fmt.Sprint(op.Params)
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%s\n", op.Layer, op.Name, op.Output, n)
	}
	w.Flush()
	lines := strings.Split(b.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	b.Reset()
	b.WriteString(strings.Join(lines, "\n"))
	fmt.Fprintf(&b, "%d trainable and %d fixed parameters, %.1f KiB of activations a sample\n",
		o.Trainable, o.Fixed, float64(o.Activation)/1024)
	return b.String()
}

package oip

import (
	"math"
	"sync"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/internal/jsonscan"
	"github.com/gannet-ml/gannet/tensor"
)

// decoder reads the tensors that requests and responses have in common.
type decoder struct {
	scanner
	want    []Port   // of the inputs; nil for any
	tensors []Tensor // in the order of want
	left    int      // elements that the limits leave
	given   []given  // in the order of the JSON

	explicit []bool // by output: whether it says if it shall be binary

	shape []int // of the tensor being read
	lists nesting
	chars []byte // of the BYTES being read
}

// given is a tensor of the JSON.
type given struct {
	slot int   // in tensors
	size int64 // of its binary data; -1 if its data are JSON
}

// decoders keeps what decoders have allocated.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

// newDecoder returns a decoder of a body, and the bytes that follow the JSON.
func newDecoder(body []byte, header int, limits Limits) (d *decoder, binary []byte, err error) {
	d = decoders.Get().(*decoder)
	d.limits = limits.filled()
	d.left = d.limits.Elements
	d.Pos, d.depth = 0, 0
	d.kind, d.element = "", -1
	d.given = d.given[:0]
	d.Text = body
	if header < -1 || header > len(body) {
		return d, nil, d.errorf("binary", "%s is %d, want 0 to %d, the length of the body", Header, header, len(body))
	}
	if header >= 0 {
		d.Text, binary = body[:header], body[header:]
	}
	if !utf8.Valid(d.Text) {
		return d, nil, d.errorf("json", "JSON is not valid UTF-8")
	}
	return d, binary, nil
}

// free gives a decoder back, without what belongs to others.
func (d *decoder) free() {
	d.Reset(d.limits.String)
	d.want, d.tensors, d.chars = nil, nil, nil
	decoders.Put(d)
}

// once notes in seen that a key was read, and refuses it the second time.
func (d *decoder) once(seen *uint, bit int, key string) error {
	if *seen>>bit&1 == 1 {
		return d.errorf("json", "JSON at byte %d: key %q for the second time", d.Pos, key)
	}
	*seen |= 1 << bit
	return nil
}

// shortString reads a string for what; old is returned if it is the same.
func (d *decoder) shortString(reason, what, old string) (string, error) {
	b, err := d.str(reason, what)
	if err == nil && len(b) > d.limits.String {
		err = d.errorf("limit", "%s has %d bytes, want at most %d", what, len(b), d.limits.String)
	}
	if err != nil || string(b) == old {
		return old, err
	}
	return string(b), nil
}

// parameters reads an object of parameters, or null. The one that is called special
// is no element of the map: read reads it, if it is not nil.
func (d *decoder) parameters(special string, read func() error) (map[string]any, error) {
	if d.Word("null") {
		return nil, nil
	}
	var seen uint
	var m map[string]any
	n := 0
	err := d.object("parameters", "parameters", func(key []byte) (err error) {
		if n++; n > d.limits.Parameters {
			return d.errorf("limit", "more than %d parameters", d.limits.Parameters)
		}
		if read != nil && string(key) == special {
			if err := d.once(&seen, 0, special); err != nil {
				return err
			}
			return read()
		}
		if len(key) > d.limits.String {
			return d.errorf("limit", "a parameter's key has %d bytes, want at most %d", len(key), d.limits.String)
		}
		k := string(key)
		if _, ok := m[k]; ok {
			return d.errorf("json", "JSON at byte %d: key %.64q for the second time", d.Pos, k)
		}
		v, err := d.parameter()
		if v == nil || err != nil {
			return err
		}
		if m == nil {
			m = map[string]any{}
		}
		m[k] = v
		return nil
	})
	return m, err
}

// parameter reads a parameter's value, nil for null, which is as good as none.
func (d *decoder) parameter() (any, error) {
	switch {
	case d.Peek() == '"':
		return d.shortString("parameters", "a parameter", "")
	case d.Word("true"):
		return true, nil
	case d.Word("false"):
		return false, nil
	case d.Word("null"):
		return nil, nil
	}
	var n jsonscan.Number
	if err := d.number(&n, "parameters", "a string, number or boolean as a parameter"); err != nil {
		return nil, err
	}
	if v, ok := n.Int64(); ok {
		return v, nil
	}
	v, ok := n.Float64()
	if !ok {
		return nil, d.errorf("parameters", "%.64q is out of range for a parameter", n.Text)
	}
	return v, nil
}

// flag reads a boolean parameter into dst.
func (d *decoder) flag(dst *bool) error {
	switch {
	case d.Word("true"):
		*dst = true
	case d.Word("false"):
		*dst = false
	default:
		return d.unexpected("parameters", "true or false")
	}
	return nil
}

// tensorList reads the list of inputs or outputs.
func (d *decoder) tensorList(kind, what string, limit int) error {
	d.index = -1
	err := d.list(kind, what, limit, func() error {
		d.kind, d.name = kind, ""
		d.index++
		return d.tensor()
	})
	if err == nil {
		d.kind = ""
	}
	return err
}

// pending is what is known of the tensor being read.
type pending struct {
	seen       uint // one bit for each of the keys below
	slot       int
	datatype   Datatype
	parameters map[string]any
	size       int64 // of binary data, -1 for none
	begin, end int   // of JSON data that came before what they are
	read       bool  // the JSON data
}

const (
	seenName = iota
	seenShape
	seenDatatype
	seenParameters
	seenData
)

// tensor reads one input or output.
func (d *decoder) tensor() error {
	p := pending{slot: -1, size: -1}
	if err := d.object(d.kind, "a tensor", func(key []byte) error { return d.member(&p, key) }); err != nil {
		return err
	}
	return d.complete(&p)
}

// member reads one member of a tensor. Unknown ones are passed over, as other
// servers do.
func (d *decoder) member(p *pending, key []byte) (err error) {
	switch string(key) {
	case "name":
		if err := d.once(&p.seen, seenName, "name"); err != nil {
			return err
		}
		return d.tensorName(p)
	case "shape":
		if err := d.once(&p.seen, seenShape, "shape"); err != nil {
			return err
		}
		return d.tensorShape()
	case "datatype":
		if err := d.once(&p.seen, seenDatatype, "datatype"); err != nil {
			return err
		}
		return d.tensorDatatype(p)
	case "parameters":
		if err := d.once(&p.seen, seenParameters, "parameters"); err != nil {
			return err
		}
		p.parameters, err = d.parameters("binary_data_size", func() error { return d.binarySize(p) })
		return err
	case "data":
		if err := d.once(&p.seen, seenData, "data"); err != nil {
			return err
		}
		return d.tensorData(p)
	}
	return d.skip()
}

// tensorName reads the name, which tells what the tensor is.
func (d *decoder) tensorName(p *pending) error {
	if d.want == nil { // the next of the list
		p.slot = len(d.tensors)
		d.tensors = extend(d.tensors)
		t := &d.tensors[p.slot]
		name, err := d.shortString(d.kind, "name", t.Name)
		if err != nil {
			return err
		}
		t.Name, d.name = name, name
		for i := range d.tensors[:p.slot] {
			if d.tensors[i].Name == name {
				return d.errorf(d.kind, "given twice")
			}
		}
		return nil
	}
	name, err := d.str(d.kind, "name")
	if err != nil {
		return err
	}
	for i := range d.want {
		if d.want[i].Name == string(name) {
			p.slot, d.name = i, d.want[i].Name
		}
	}
	if p.slot < 0 {
		return d.errorf(d.kind, "the model has no input %.64q", name)
	}
	for _, g := range d.given {
		if g.slot == p.slot {
			return d.errorf(d.kind, "given twice")
		}
	}
	return nil
}

// tensorShape reads the shape.
func (d *decoder) tensorShape() error {
	d.shape = d.shape[:0]
	return d.list("shape", "sizes as the shape", d.limits.Rank, func() error {
		var n jsonscan.Number
		if err := d.number(&n, "shape", "a size of the shape"); err != nil {
			return err
		}
		v, ok := n.Int64()
		if !ok || v < 0 || int64(int(v)) != v {
			return d.errorf("shape", "size %.64s in the shape, want an integer from 0 to %d", n.Text, math.MaxInt)
		}
		d.shape = append(d.shape, int(v))
		return nil
	})
}

// tensorDatatype reads the datatype.
func (d *decoder) tensorDatatype(p *pending) error {
	name, err := d.str("datatype", "datatype")
	if err != nil {
		return err
	}
	for _, known := range datatypes {
		if string(known) == string(name) {
			p.datatype = known
			return nil
		}
	}
	return d.errorf("datatype", "unknown datatype %.64q", name)
}

// binarySize reads the parameter binary_data_size.
func (d *decoder) binarySize(p *pending) error {
	var n jsonscan.Number
	if err := d.number(&n, "parameters", "an integer for binary_data_size"); err != nil {
		return err
	}
	v, ok := n.Int64()
	if !ok || v < 0 {
		return d.errorf("binary", "binary_data_size is %.64s, want an integer from 0", n.Text)
	}
	p.size = v
	return nil
}

// tensorData reads the data if it is known what they are, and passes over them
// otherwise.
func (d *decoder) tensorData(p *pending) error {
	if d.Word("null") {
		p.seen &^= 1 << seenData
		return nil
	}
	const all = 1<<seenName | 1<<seenShape | 1<<seenDatatype
	if p.seen&all != all || p.datatype == BYTES {
		var err error
		p.begin, p.end, err = d.span()
		return err
	}
	t, n, err := d.settle(p)
	if err != nil {
		return err
	}
	p.read = true
	return d.json(t, n, len(d.Text)-d.Pos)
}

// settle checks what was said of a tensor and returns it with the number of its
// elements.
func (d *decoder) settle(p *pending) (*Tensor, int, error) {
	t := &d.tensors[p.slot]
	if d.want != nil {
		if w := &d.want[p.slot]; w.Datatype != p.datatype {
			return nil, 0, d.errorf("datatype", "got datatype %s, want %s", p.datatype, w.Datatype)
		} else if !matches(d.shape, w.Shape) {
			return nil, 0, d.errorf("shape", "got shape %v, want %v", d.shape, w.Shape.Clone())
		}
	}
	n, ok := elements(d.shape)
	if !ok {
		return nil, 0, d.errorf("shape", "shape %v has more elements than can be counted", d.shape)
	}
	t.Datatype = p.datatype
	t.Shape = append(t.Shape[:0], d.shape...)
	return t, n, nil
}

// matches reports whether a shape is one that a port takes.
func matches(shape []int, want tensor.Shape) bool {
	if len(shape) != len(want) {
		return false
	}
	for i, d := range want {
		if d != -1 && d != shape[i] {
			return false
		}
	}
	return true
}

// complete ends the reading of a tensor's JSON.
func (d *decoder) complete(p *pending) error {
	for bit, key := range [...]string{seenName: "name", seenShape: "shape", seenDatatype: "datatype"} {
		if p.seen>>bit&1 == 0 {
			return d.errorf(d.kind, "has no %s", key)
		}
	}
	hasData := p.seen>>seenData&1 == 1
	switch {
	case hasData && p.size >= 0:
		return d.errorf("binary", "has both data and binary_data_size")
	case !hasData && p.size < 0:
		return d.errorf(d.kind, "has neither data nor binary_data_size")
	}
	if !p.read {
		t, n, err := d.settle(p)
		if err == nil && hasData {
			end := d.Pos
			d.Pos = p.begin
			err = d.json(t, n, p.end-p.begin)
			d.Pos = end
		}
		if err != nil {
			return err
		}
	}
	t := &d.tensors[p.slot]
	t.Parameters, t.Binary = p.parameters, p.size >= 0
	d.given = append(d.given, given{p.slot, p.size})
	return nil
}

// takeElements counts n elements against the limit.
func (d *decoder) takeElements(n int) error {
	if n > d.left {
		return d.tooLarge("more than %d elements", d.limits.Elements)
	}
	d.left -= n
	return nil
}

// extend returns s with one more element, which may have been in use before.
func extend[T any](s []T) []T {
	if len(s) < cap(s) {
		return s[:len(s)+1]
	}
	var zero T
	return append(s, zero)
}

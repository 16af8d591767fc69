package oip

import (
	"strconv"
)

// Header is the name of the header that gives the length of the JSON in a body
// with binary tensors.
const Header = "Inference-Header-Content-Length"

// ParseHeader returns the length that the value of [Header] gives, -1 if the value
// is empty: there is no such header, and all of the body is JSON.
func ParseHeader(value string) (int, error) {
	if value == "" {
		return -1, nil
	}
	n, err := strconv.ParseUint(value, 10, strconv.IntSize-1)
	if err != nil {
		return 0, invalid("binary", "oip: %s is %.64q, want the length of the JSON", Header, value)
	}
	return int(n), nil
}

// DecodeRequest reads the body of a request to infer. See [Request.Decode].
func DecodeRequest(body []byte, header int, want []Port, limits Limits) (*Request, error) {
	r := new(Request)
	if err := r.Decode(body, header, want, limits); err != nil {
		return nil, err
	}
	return r, nil
}

// Decode reads the body of a request to infer into r. The length of the JSON is
// header, -1 if all of the body is JSON. It is 0 for the raw request of the binary
// extension, whose body is the data of the only input: of its sizes of −1, one
// follows from the length of the body, and the first axis, if there is another, has
// size 1; an input of BYTES has one element, all of the body; and all outputs are
// asked for as bytes.
//
// The inputs must be those that the model wants, in any order, with the datatypes
// and shapes that it wants; Inputs has them in its order. If want is nil, any inputs
// will do. Outputs are not checked but for names that come twice: not every model
// names them.
//
// Decode keeps nothing of the body. It uses the memory that r has from an earlier
// call, so that the same request read again allocates nothing, parameters and
// elements of BYTES apart. Nothing of r may be in use then. After an error, r is good
// for nothing but another Decode. Errors are of type [*Error].
func (r *Request) Decode(body []byte, header int, want []Port, limits Limits) error {
	d, rest, err := newDecoder(body, header, limits)
	defer d.free()
	if err != nil {
		return err
	}
	d.want, d.tensors = want, r.Inputs[:0]
	for i := range want {
		d.tensors = extend(d.tensors)
		d.tensors[i].Name = want[i].Name
	}
	r.Parameters, r.Outputs, r.Binary = nil, r.Outputs[:0], false
	if header == 0 {
		r.ID, r.HasID, r.Binary = "", false, true
		err = d.rawRequest(rest)
	} else if err = d.request(r); err == nil {
		err = d.binary("input", rest)
	}
	r.Inputs = d.tensors
	return err
}

// request reads the JSON of a request.
func (d *decoder) request(r *Request) error {
	var seen uint
	const seenID, seenParameters, seenInputs, seenOutputs = 0, 1, 2, 3
	id, hasID := "", false
	err := d.object("json", "the request", func(key []byte) (err error) {
		switch string(key) {
		case "id":
			if err = d.once(&seen, seenID, "id"); err == nil && !d.Word("null") {
				hasID = true
				id, err = d.shortString("json", "id", r.ID)
			}
		case "parameters":
			if err = d.once(&seen, seenParameters, "parameters"); err == nil {
				r.Parameters, err = d.parameters("binary_data_output", func() error { return d.flag(&r.Binary) })
			}
		case "inputs":
			if err = d.once(&seen, seenInputs, "inputs"); err == nil {
				err = d.tensorList("input", "inputs", d.limits.Inputs)
			}
		case "outputs":
			if err = d.once(&seen, seenOutputs, "outputs"); err == nil && !d.Word("null") {
				err = d.outputs(r)
			}
		default:
			err = d.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	r.ID, r.HasID = id, hasID
	if seen>>seenInputs&1 == 0 {
		return d.errorf("input", "the request has no inputs")
	}
	for i := range r.Outputs {
		if !d.explicit[i] {
			r.Outputs[i].Binary = r.Binary
		}
	}
	if err := d.fault(d.End()); err != nil {
		return err
	}
	return d.missing()
}

// missing refuses a request without one of the wanted inputs.
func (d *decoder) missing() error {
	if len(d.given) == len(d.want) || d.want == nil {
		return nil
	}
wanted:
	for i := range d.want {
		for _, g := range d.given {
			if g.slot == i {
				continue wanted
			}
		}
		return d.errorf("input", "no input %.64q", d.want[i].Name)
	}
	return nil
}

// outputs reads the outputs that a request asks for.
func (d *decoder) outputs(r *Request) error {
	d.explicit = d.explicit[:0]
	err := d.list("output", "outputs", d.limits.Outputs, func() error {
		r.Outputs = extend(r.Outputs)
		d.explicit = append(d.explicit, false)
		d.kind, d.index, d.name = "output", len(r.Outputs)-1, ""
		return d.output(r.Outputs, &d.explicit[d.index])
	})
	if err == nil {
		d.kind = ""
	}
	return err
}

// output reads the last of a list of outputs.
func (d *decoder) output(list []Output, explicit *bool) error {
	o := &list[len(list)-1]
	o.Parameters, o.Binary = nil, false
	var seen uint
	err := d.object("output", "an output", func(key []byte) (err error) {
		switch string(key) {
		case "name":
			if err = d.once(&seen, 0, "name"); err == nil {
				o.Name, err = d.shortString("output", "name", o.Name)
				d.name = o.Name
			}
		case "parameters":
			if err = d.once(&seen, 1, "parameters"); err == nil {
				o.Parameters, err = d.parameters("binary_data", func() error {
					*explicit = true
					return d.flag(&o.Binary)
				})
			}
		default:
			err = d.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if seen&1 == 0 {
		return d.errorf("output", "has no name")
	}
	for i := range list[:len(list)-1] {
		if list[i].Name == o.Name {
			return d.errorf("output", "asked for twice")
		}
	}
	return nil
}

// rawRequest reads a body that is the data of the only input.
func (d *decoder) rawRequest(body []byte) error {
	if len(d.want) != 1 {
		return d.errorf("binary", "%s is 0, which is for models with one input; this one has %d", Header, len(d.want))
	}
	w, t := &d.want[0], &d.tensors[0]
	d.kind, d.name = "input", w.Name
	t.Datatype, t.Parameters, t.Binary = w.Datatype, nil, true
	shape, err := d.rawShape(w, len(body))
	if err != nil {
		return err
	}
	t.Shape = append(t.Shape[:0], shape...)
	if t.Datatype != BYTES {
		return d.raw(t, body)
	}
	if n, _ := elements(shape); n != 1 {
		return d.errorf("binary", "%s is 0, which makes the body one element, want shape %v", Header, w.Shape.Clone())
	}
	data := reuse[[]byte](t, 1)
	data[0] = append([]byte{}, body...)
	store(t, data)
	return nil
}

// rawShape returns the shape of the data of a raw request, which have size bytes.
func (d *decoder) rawShape(w *Port, size int) ([]int, error) {
	d.shape = append(d.shape[:0], w.Shape...)
	free, n := -1, w.Datatype.Size()
	if w.Datatype == BYTES {
		n, size = 1, 1
	}
	for i := len(d.shape) - 1; i >= 0; i-- {
		switch {
		case d.shape[i] >= 0:
			n *= d.shape[i]
		case free < 0:
			free = i
		case i == 0:
			d.shape[0] = 1
		default:
			return nil, d.errorf("binary", "%s is 0, but the shape %v does not follow from the length of the data", Header, w.Shape.Clone())
		}
	}
	if free >= 0 {
		d.shape[free] = 1
		if n > 0 {
			d.shape[free] = (size + n - 1) / n
		}
	}
	return d.shape, nil
}

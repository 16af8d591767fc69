package oip

// DecodeResponse reads the body of an answer. The length of the JSON is header, -1
// if all of the body is JSON. Errors are of type [*Error]; their status is that of
// a request with the same fault.
func DecodeResponse(body []byte, header int, limits Limits) (*Response, error) {
	d, rest, err := newDecoder(body, header, limits)
	defer d.free()
	if err != nil {
		return nil, err
	}
	r := new(Response)
	if err := d.response(r); err != nil {
		return nil, err
	}
	if err := d.binary("output", rest); err != nil {
		return nil, err
	}
	r.Outputs = d.tensors
	return r, nil
}

// response reads the JSON of a response.
func (d *decoder) response(r *Response) error {
	var seen uint
	const seenModel, seenVersion, seenID, seenParameters, seenOutputs = 0, 1, 2, 3, 4
	optional := func(bit int, key string, dst *string) error {
		err := d.once(&seen, bit, key)
		if err == nil && !d.Word("null") {
			*dst, err = d.shortString("json", key, "")
		}
		return err
	}
	err := d.object("json", "the response", func(key []byte) (err error) {
		switch string(key) {
		case "model_name":
			err = optional(seenModel, "model_name", &r.Model)
		case "model_version":
			err = optional(seenVersion, "model_version", &r.Version)
		case "id":
			r.HasID = d.Peek() == '"'
			err = optional(seenID, "id", &r.ID)
		case "parameters":
			if err = d.once(&seen, seenParameters, "parameters"); err == nil {
				r.Parameters, err = d.parameters("", nil)
			}
		case "outputs":
			if err = d.once(&seen, seenOutputs, "outputs"); err == nil {
				err = d.tensorList("output", "outputs", d.limits.Outputs)
			}
		default:
			err = d.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if seen>>seenOutputs&1 == 0 {
		return d.errorf("output", "the response has no outputs")
	}
	return d.fault(d.End())
}

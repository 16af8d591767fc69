package oip

import (
	"math"
	"slices"

	"github.com/gannet-ml/gannet/internal/jsonscan"
)

// GenerateRequest is a request of the generate extension, to go on with a text. A
// parameter that is not given is zero.
type GenerateRequest struct {
	ID   *string // nil if it is not given
	Text string  // text_input

	Temperature float64
	TopK        int // top_k
	TopP        float64
	MaxTokens   int // max_tokens
	Stop        []string
	Seed        *uint64 // nil if it is not given
	Stream      *bool   // likewise
}

// maxStop is the largest number of stop strings.
const maxStop = 16

// DecodeGenerate reads the body of a request of the generate extension:
//
//	{"id": "7", "text_input": "Once", "parameters": {"temperature": 0.8, "top_k": 40,
//	 "top_p": 0.95, "max_tokens": 200, "seed": 1, "stop": ["\n"], "stream": false}}
//
// Each parameter may be given beside text_input instead, but not in both places. Unlike a
// request to infer, it must not hold members or parameters besides these: where one is
// misspelt, the text would be another one. There are at most 16 stop strings, none of
// them empty; a single one needs no list. Limits has their length, and that of the id.
// Errors are of type [*Error].
func DecodeGenerate(body []byte, limits Limits) (*GenerateRequest, error) {
	d, _, err := newDecoder(body, -1, limits)
	defer d.free()
	if err != nil {
		return nil, err
	}
	r := new(GenerateRequest)
	if err := d.generate(r); err != nil {
		return nil, err
	}
	if err := d.End(); err != nil {
		return nil, d.fault(err)
	}
	return r, nil
}

// generate reads the request.
func (d *decoder) generate(r *GenerateRequest) error {
	const seenID, seenText, seenParameters = 0, 1, 2
	var seen, given uint // members, and parameters in both places
	err := d.object("json", "the request", func(key []byte) error {
		switch string(key) {
		case "id":
			if err := d.once(&seen, seenID, "id"); err != nil || d.Word("null") {
				return err
			}
			id, err := d.shortString("json", "id", "")
			r.ID = &id
			return err
		case "text_input":
			if err := d.once(&seen, seenText, "text_input"); err != nil {
				return err
			}
			text, err := d.str("text", "text_input")
			r.Text = string(text)
			return err
		case "parameters":
			if err := d.once(&seen, seenParameters, "parameters"); err != nil || d.Word("null") {
				return err
			}
			return d.object("parameters", "parameters", func(key []byte) error {
				if ok, err := d.setting(r, &given, key); ok {
					return err
				}
				return d.errorf("parameters", "unknown parameter %.64q, want one of %q", key, settings)
			})
		}
		if ok, err := d.setting(r, &given, key); ok {
			return err
		}
		return d.errorf("json", "unknown member %.64q, want \"id\", \"text_input\", \"parameters\" or one of these: %q", key, settings)
	})
	if err == nil && seen>>seenText&1 == 0 {
		err = d.errorf("text", "there is no text_input")
	}
	return err
}

// settings are the parameters of a GenerateRequest, in the order of their bits.
var settings = []string{"temperature", "top_k", "top_p", "max_tokens", "seed", "stop", "stream"}

// setting reads the parameter of a key and notes it in given; ok says whether there is
// one.
func (d *decoder) setting(r *GenerateRequest, given *uint, key []byte) (ok bool, err error) {
	bit := slices.Index(settings, string(key))
	if bit < 0 {
		return false, nil
	}
	if err := d.once(given, bit, settings[bit]); err != nil || d.Word("null") {
		return true, err
	}
	switch settings[bit] {
	case "temperature":
		r.Temperature, err = d.real("a number from 0 on for temperature", math.MaxFloat64)
	case "top_p":
		r.TopP, err = d.real("a number from 0 to 1 for top_p", 1)
	case "top_k":
		r.TopK, err = d.count("an integer from 0 to 2147483647 for top_k", 0)
	case "max_tokens":
		r.MaxTokens, err = d.count("an integer from 1 to 2147483647 for max_tokens", 1)
	case "seed":
		var v uint64
		v, err = d.natural("an integer from 0 to 2^64-1 for seed", 0, math.MaxUint64)
		r.Seed = &v
	case "stop":
		r.Stop, err = d.stop()
	case "stream":
		r.Stream = new(bool)
		err = d.flag(r.Stream)
	}
	return true, err
}

// real reads a number from 0 to most; want describes it.
func (d *decoder) real(want string, most float64) (float64, error) {
	var n jsonscan.Number
	d.Peek()
	begin := d.Pos
	if err := d.number(&n, "parameters", want); err != nil {
		return 0, err
	}
	v, ok := n.Float64()
	if !ok || !(v >= 0 && v <= most) {
		d.Pos = begin
		return 0, d.unexpected("parameters", want)
	}
	return v, nil
}

// natural reads an integer from least to most.
func (d *decoder) natural(want string, least, most uint64) (uint64, error) {
	var n jsonscan.Number
	d.Peek()
	begin := d.Pos
	if err := d.number(&n, "parameters", want); err != nil {
		return 0, err
	}
	v, ok := n.Uint64()
	if !ok || n.Neg && v > 0 || v < least || v > most {
		d.Pos = begin
		return 0, d.unexpected("parameters", want)
	}
	return v, nil
}

// count reads an integer from least on that fits an int32, which any client has.
func (d *decoder) count(want string, least uint64) (int, error) {
	v, err := d.natural(want, least, math.MaxInt32)
	return int(v), err
}

// stop reads stop strings, or a single one.
func (d *decoder) stop() (list []string, err error) {
	one := func() error {
		s, err := d.shortString("parameters", "a stop string", "")
		if err == nil && s == "" {
			err = d.errorf("parameters", "stop string %d is empty", len(list))
		}
		list = append(list, s)
		return err
	}
	if d.Peek() == '"' {
		err = one()
	} else {
		err = d.list("parameters", "stop strings", maxStop, one)
	}
	return list, err
}

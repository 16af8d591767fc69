package oip

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
)

// isInvalid checks that an error is what a faulty request should give.
func isInvalid(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusBadRequest && e.Status != http.StatusRequestEntityTooLarge || e.Reason == "" || !strings.HasPrefix(e.Error(), "oip: ") {
		t.Fatalf("error %#v, want an *Error of status 400 or 413", err)
	}
	return e
}

// describe writes tensors so that equal ones, by bits, have equal descriptions.
func describe(list []Tensor) string {
	var b strings.Builder
	for _, t := range list {
		fmt.Fprintf(&b, "%q %s %v %v %v ", t.Name, t.Datatype, t.Shape, t.Parameters, t.Binary)
		switch data := t.Data.(type) {
		case []float32:
			for _, v := range data {
				fmt.Fprintf(&b, "%x ", math.Float32bits(v))
			}
		case []float64:
			for _, v := range data {
				fmt.Fprintf(&b, "%x ", math.Float64bits(v))
			}
		default:
			fmt.Fprintf(&b, "%T%q ", data, fmt.Sprint(data))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// roundTrip encodes a request and checks that decoding gives the same.
func roundTrip(t *testing.T, r *Request) {
	t.Helper()
	prefix := "before"
	body, header, err := r.Encode([]byte(prefix))
	if err != nil {
		t.Fatal(err)
	}
	body = body[len(prefix):]
	again, err := DecodeRequest(body, header, nil, Limits{})
	if err != nil {
		t.Fatalf("%v in %.1000s", err, body)
	}
	if got, want := describe(again.Inputs), describe(r.Inputs); got != want {
		t.Fatalf("inputs after a round trip\n%.1000s\nwant\n%.1000s", got, want)
	}
	got := fmt.Sprintf("%q %v %v %v", again.ID, again.Parameters, again.Outputs, again.Binary)
	want := fmt.Sprintf("%q %v %v %v", r.ID, r.Parameters, r.Outputs, r.Binary)
	if got != want {
		t.Fatalf("after a round trip\n%.1000s\nwant\n%.1000s", got, want)
	}
}

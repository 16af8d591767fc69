package oip_test

import (
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// TestEmptyID tests that an empty id is one, and null is none.
func TestEmptyID(t *testing.T) {
	for id, want := range map[string]bool{`"id":"",`: true, `"id":"a",`: true, `"id":null,`: false, ``: false} {
		r, err := oip.DecodeRequest([]byte(`{`+id+`"inputs":[]}`), -1, nil, oip.Limits{})
		if err != nil || r.HasID != want {
			t.Errorf("a request with %s: %+v, %v, want HasID %v", id, r, err, want)
			continue
		}
		body, _, err := (&oip.Response{Model: "m", ID: r.ID, HasID: r.HasID}).Encode(nil)
		if err != nil || strings.Contains(string(body), `"id"`) != want {
			t.Errorf("the answer to %s is %s, %v", id, body, err)
			continue
		}
		a, err := oip.DecodeResponse(body, -1, oip.Limits{})
		if err != nil || a.HasID != want || a.ID != r.ID {
			t.Errorf("the answer to %s is read as %+v, %v", id, a, err)
		}
	}
}

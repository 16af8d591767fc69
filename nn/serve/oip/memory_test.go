package oip

import (
	"fmt"
	"strings"
	"testing"
)

// Bodies made to cost more memory than they have bytes.
func TestMemory(t *testing.T) {
	repeat := func(n int, element func(i int) string) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(element(i))
		}
		return b.String()
	}
	const n = 20000
	many := Limits{Inputs: n, Outputs: n, Parameters: n, Rank: n}
	for _, c := range []struct{ id, body string }{
		{"fp64", typed("FP64", fmt.Sprintf("[%d]", n), "["+repeat(n, func(int) string { return "1" })+"]")},
		{"fp64_too_few", typed("FP64", fmt.Sprintf("[%d]", n), "["+repeat(n-1, func(int) string { return "1" })+"]")},
		{"bytes", typed("BYTES", fmt.Sprintf("[%d]", n), "["+repeat(n, func(int) string { return `""` })+"]")},
		{"escapes", typed("BYTES", "[1]", `["`+strings.Repeat(`\n`, n)+`"]`)},
		{"huge_shape", typed("FP64", "[1000000000]", "["+repeat(n, func(int) string { return "1" })+"]")},
		{"axes", typed("INT8", "["+repeat(n, func(int) string { return "1" })+"]", "[1]")},
		{"inputs", `{"inputs":[` + repeat(n/10, func(i int) string {
			return fmt.Sprintf(`{"name":"%d","datatype":"BOOL","shape":[],"data":[true]}`, i)
		}) + `]}`},
		{"outputs", `{"inputs":[],"outputs":[` + repeat(n/10, func(i int) string {
			return fmt.Sprintf(`{"name":"%d","parameters":{"a":1}}`, i)
		}) + `]}`},
		{"parameters", `{"inputs":[],"parameters":{` + repeat(n, func(i int) string { return fmt.Sprintf(`"%d":1`, i) }) + `}}`},
	} {
		t.Run(c.id, func(t *testing.T) {
			bounded(t, len(c.body), func() { DecodeRequest([]byte(c.body), -1, nil, many) })
		})
	}
}

func TestDecodeAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates, and empties pools")
	}
	for _, binary := range []bool{false, true} {
		r := image(binary)
		r.Outputs = []Output{{Name: "y", Binary: binary}}
		body, header, err := r.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		var into Request
		if n := testing.AllocsPerRun(20, func() {
			if err := into.Decode(body, header, imagePort, Limits{}); err != nil {
				t.Fatal(err)
			}
		}); n >= 1 {
			t.Errorf("binary %v: decoding again allocates %v times, want 0", binary, n)
		}
		if n := testing.AllocsPerRun(20, func() {
			if body, _, err = r.Encode(body[:0]); err != nil {
				t.Fatal(err)
			}
		}); n > 1 {
			t.Errorf("binary %v: encoding again allocates %v times, want at most 1", binary, n)
		}
	}
}

// A request that was used before holds nothing of what it held.
func TestDecodeAgain(t *testing.T) {
	bodies := []string{
		`{"id":"1","parameters":{"a":1,"binary_data_output":true},"inputs":[{"parameters":{"b":2},` + good + `}],"outputs":[{"name":"y","parameters":{"c":3}}]}`,
		typed("FP32", "[2,2]", "[1,2,3,4]"), with(good), typed("BYTES", "[1]", `["a"]`), typed("UINT8", "[0]", `[]`), `{"inputs":[]}`,
	}
	var r Request
	for i := range 3 * len(bodies) {
		body := []byte(bodies[i*5%len(bodies)])
		fresh, err := DecodeRequest(body, -1, nil, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Decode(body, -1, nil, Limits{}); err != nil {
			t.Fatal(err)
		}
		got, want := fmt.Sprint(r.ID, r.Parameters, r.Outputs, r.Binary, describe(r.Inputs)), fmt.Sprint(fresh.ID, fresh.Parameters, fresh.Outputs, fresh.Binary, describe(fresh.Inputs))
		if got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

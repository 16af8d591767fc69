package oip

import (
	"runtime"
	"testing"
)

// FuzzDecodeRequest checks that no body makes the decoder panic or allocate more
// than the package promises, that refusals are typed, and that what is accepted
// survives encoding.
func FuzzDecodeRequest(f *testing.F) {
	for _, c := range refused {
		if len(c.body) < 1000 {
			f.Add([]byte(c.body), -1)
		}
	}
	r := &Request{ID: "1", Parameters: map[string]any{"a": 1.5}, Outputs: []Output{{Name: "y"}}}
	for _, x := range extremes() {
		x.Name, x.Shape, x.Binary = string(x.Datatype), []int{1}, true
		switch data := x.Data.(type) {
		case [][]byte:
			x.Data = data[1:]
		case []float32:
			x.Data = data[:1]
		default:
			continue
		}
		r.Inputs = append(r.Inputs, x)
	}
	body, header, err := r.Encode(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body, header)
	f.Add([]byte("12345678"), 0)
	f.Add([]byte(`{"parameters":{"":1,"binary_data_size":2,"binary_data":3},"inputs":[]}`), -1)
	f.Fuzz(func(t *testing.T, body []byte, header int) {
		var r *Request
		var err error
		bounded(t, len(body), func() { r, err = DecodeRequest(body, header, nil, Limits{}) })
		if err != nil {
			isInvalid(t, err)
		} else {
			roundTrip(t, r)
		}
		if _, err := DecodeRequest(body, header, imagePort, Limits{}); err != nil {
			isInvalid(t, err)
		}
	})
}

// FuzzDecodeResponse is the same for answers.
func FuzzDecodeResponse(f *testing.F) {
	f.Add([]byte(`{"model_name":"m","model_version":"1","id":"2","parameters":{"a":1},"outputs":[{"name":"y","shape":[1],"datatype":"FP64","data":[1.5]}]}`), -1)
	f.Add([]byte(`{"parameters":{"":1,"binary_data_size":2},"outputs":[{"name":"","shape":[],"datatype":"BYTES","data":["\u0000"]}]}`), -1)
	f.Add([]byte(`{"outputs":[{"name":"y","shape":[2],"datatype":"BOOL","parameters":{"binary_data_size":2}}]}`+"\x00\x01"), 92)
	f.Fuzz(func(t *testing.T, body []byte, header int) {
		var r *Response
		var err error
		bounded(t, len(body), func() { r, err = DecodeResponse(body, header, Limits{}) })
		if err != nil {
			isInvalid(t, err)
			return
		}
		written, header, err := r.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeResponse(written, header, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if describe(again.Outputs) != describe(r.Outputs) || again.ID != r.ID || again.Model != r.Model || again.Version != r.Version {
			t.Fatalf("after a round trip %+v, want %+v", again, r)
		}
	})
}

// bounded checks that f, which reads size bytes, allocates no more than the package
// promises.
func bounded(t *testing.T, size int, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(32*size+64<<10); got > most {
		t.Fatalf("%d bytes allocated for a body of %d, want at most %d", got, size, most)
	}
}

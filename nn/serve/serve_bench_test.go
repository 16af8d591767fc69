package serve_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// BenchmarkInfer measures what a request takes beyond its prediction, which is tiny:
// in Go, through the handler alone and over a connection.
func BenchmarkInfer(b *testing.B) {
	s := server(b, serve.Options{})
	const path = "/v2/models/double/infer"
	packed, header, err := (&oip.Request{Binary: true, Inputs: []oip.Tensor{{
		Name: "input", Datatype: oip.FP32, Shape: tensor.Shape{1, 3}, Data: []float32{1, 2, 3}, Binary: true,
	}}}).Encode(nil)
	if err != nil {
		b.Fatal(err)
	}
	bodies := []struct {
		name, header string
		body         []byte
	}{{"json", "", []byte(small)}, {"binary", strconv.Itoa(header), packed}}

	b.Run("way=predictor", func(b *testing.B) {
		p := double(b).Predictor
		x := tensor.Ones(1, 3)
		y := tensor.Ones(1, 3)
		for b.Loop() {
			if err := p.PredictInto(b.Context(), y, x); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("way=go", func(b *testing.B) {
		b.ReportAllocs()
		r := request(1, 2, 3)
		for b.Loop() {
			if _, err := s.Infer(b.Context(), "double", "", r); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, c := range bodies {
		b.Run("way=handler/body="+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest("POST", path, bytes.NewReader(c.body))
				if c.header != "" {
					r.Header.Set(oip.Header, c.header)
				}
				if w := askRequest(s, r); w.Code != 200 {
					b.Fatal(w.Body)
				}
			}
		})
	}
	h := httptest.NewServer(s)
	defer h.Close()
	for _, c := range bodies {
		b.Run("way=connection/body="+c.name, func(b *testing.B) {
			for b.Loop() {
				r, _ := http.NewRequest("POST", h.URL+path, bytes.NewReader(c.body))
				if c.header != "" {
					r.Header.Set(oip.Header, c.header)
				}
				res, err := h.Client().Do(r)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
		})
	}
}

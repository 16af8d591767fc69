package oip

import (
	"math/rand/v2"
	"testing"
)

// image is a request of one picture, [1, 3, 32, 32] of FP32.
func image(binary bool) *Request {
	rng := rand.New(rand.NewPCG(1, 2))
	data := make([]float32, 3*32*32)
	for i := range data {
		data[i] = rng.Float32()
	}
	return &Request{Inputs: []Tensor{{Name: "x", Datatype: FP32, Shape: []int{1, 3, 32, 32}, Data: data, Binary: binary}}}
}

var imagePort = []Port{{Name: "x", Datatype: FP32, Shape: []int{-1, 3, 32, 32}}}

func BenchmarkDecode(b *testing.B) {
	for _, form := range []string{"json", "binary"} {
		b.Run("form="+form, func(b *testing.B) {
			body, header, err := image(form == "binary").Encode(nil)
			if err != nil {
				b.Fatal(err)
			}
			var r Request
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := r.Decode(body, header, imagePort, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, form := range []string{"json", "binary"} {
		b.Run("form="+form, func(b *testing.B) {
			r := image(form == "binary")
			body, _, err := r.Encode(nil)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if body, _, err = r.Encode(body[:0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

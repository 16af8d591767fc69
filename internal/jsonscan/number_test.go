package jsonscan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// Numbers are those of strconv, also where rounding to float64 first would be wrong.
func TestNumbers(t *testing.T) {
	texts := []string{"0", "-0", "0.0", "1e-400", "1e-46", "7.006492321624085e-46", "7.006492321624086e-46", "1.1754943508222875e-38",
		"1.0000000596046448", "1.00000005960464477539062500000001", "1.000000059604644775390625", "16777217", "16777219.0",
		"3.4028235677973366e38", "3.4028235677973362e38", "9007199254740993", "18446744073709551615", "0.000000000000000000000000000001",
		"123456789012345678901234567890e-20", "2.2250738585072011e-308", "1E+2", "5e-324", "8.5899345920000001e9"}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		v := math.Float32frombits(rng.Uint32())
		mid := float64(v) + float64(math.Nextafter32(v, 0)-v)/2 // half-way
		if v-v != 0 {
			continue
		}
		texts = append(texts, strconv.FormatFloat(float64(v), 'g', -1, 32), strconv.FormatFloat(mid, 'g', 15+rng.IntN(5), 64),
			strconv.FormatFloat(rng.Float64(), 'f', -1, 64), strconv.FormatFloat(rng.NormFloat64(), 'e', rng.IntN(20), 64))
	}
	for _, text := range texts {
		s := Scanner{Text: []byte(text)}
		var n Number
		if ok := s.Number(&n); !ok || s.Pos != len(text) {
			t.Fatalf("%s: %v, %d bytes", text, ok, s.Pos)
		}
		checkNumber(t, &n)
	}
}

// Integers are those of their text, without a sign where there is no room for one.
func TestIntegers(t *testing.T) {
	for _, c := range []struct{ text, i64, u64 string }{
		{"0", "0", "0"}, {"-0", "0", "0"}, {"-7", "-7", "7"},
		{"9223372036854775807", "9223372036854775807", "9223372036854775807"},
		{"9223372036854775808", "", "9223372036854775808"},
		{"-9223372036854775808", "-9223372036854775808", "9223372036854775808"},
		{"-9223372036854775809", "", "9223372036854775809"},
		{"18446744073709551615", "", "18446744073709551615"},
		{"18446744073709551616", "", ""}, {"100000000000000000000", "", ""}, {"1.0", "", ""}, {"1e2", "", ""},
	} {
		s, n := Scanner{Text: []byte(c.text)}, Number{}
		if !s.Number(&n) {
			t.Fatalf("%s is no number", c.text)
		}
		for _, v := range []struct {
			want string
			got  func() (string, bool)
		}{
			{c.i64, func() (string, bool) { v, ok := n.Int64(); return fmt.Sprint(v), ok }},
			{c.u64, func() (string, bool) { v, ok := n.Uint64(); return fmt.Sprint(v), ok }},
		} {
			if got, ok := v.got(); ok != (v.want != "") || ok && got != v.want {
				t.Errorf("%s: got %s, %v, want %q", c.text, got, ok, v.want)
			}
		}
	}
}

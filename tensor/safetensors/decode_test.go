package safetensors

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// readAll reads one tensor of the given type from its bytes.
func readAll(t *testing.T, d DType, data []byte) (tensor.Any, error) {
	t.Helper()
	n := len(data) / d.Size()
	return parsed(t, encoded(t, []Entry{{Name: "x", Raw: &Raw{d, tensor.Shape{n}, data}}}, nil)).Read("x")
}

func floats(t *testing.T, d DType, data []byte) []float32 {
	t.Helper()
	a, err := readAll(t, d, data)
	if err != nil {
		t.Fatal(err)
	}
	return a.(*tensor.Tensor).Data()
}

// ieee is the value of a number of expBits and manBits with infinities.
func ieee(bits, expBits, manBits int) float64 {
	bias := 1<<(expBits-1) - 1
	exp, man := bits>>manBits&(1<<expBits-1), bits&(1<<manBits-1)
	var v float64
	switch {
	case exp == 1<<expBits-1 && man != 0:
		return math.NaN()
	case exp == 1<<expBits-1:
		v = math.Inf(1)
	case exp == 0:
		v = float64(man) * math.Pow(2, float64(1-bias-manBits))
	default:
		v = (1 + float64(man)/float64(int(1)<<manBits)) * math.Pow(2, float64(exp-bias))
	}
	if bits>>(expBits+manBits)&1 != 0 {
		v = math.Copysign(v, -1)
	}
	return v
}

// All numbers of 16 and 8 bits, against the formula.
func TestDecodeSmallFloats(t *testing.T) {
	for _, c := range []struct {
		dtype            DType
		expBits, manBits int
	}{{F16, 5, 10}, {BF16, 8, 7}, {F8_E5M2, 5, 2}} {
		size := c.dtype.Size()
		n := 1 << (8 * size)
		var data []byte
		for i := range n {
			data = append(data, byte(i), byte(i>>8))[:(i+1)*size]
		}
		for i, got := range floats(t, c.dtype, data) {
			want := ieee(i, c.expBits, c.manBits)
			if math.IsNaN(want) {
				// The sign, the quiet bit and the payload stay in front.
				sign := uint32(i) >> (8*size - 1)
				man := uint32(i) & (1<<c.manBits - 1) << (23 - c.manBits)
				if b := math.Float32bits(got); b != sign<<31|0xff<<23|man {
					t.Errorf("%s %#x = NaN %#x, want payload %#x", c.dtype, i, b, man)
				}
				continue
			}
			if float64(got) != want || math.Signbit(float64(got)) != math.Signbit(want) {
				t.Errorf("%s %#x = %v, want %v", c.dtype, i, got, want)
			}
		}
	}
}

// Values from the papers that define the types: largest, smallest, one, zeros.
func TestDecodeF8(t *testing.T) {
	nan, negZero := math.NaN(), math.Copysign(0, -1)
	for _, c := range []struct {
		dtype DType
		bytes string
		want  []float64
	}{
		{F8_E4M3, "\x00\x80\x01\x07\x08\x38\xb8\x3c\x7e\xfe\x7f\xff", []float64{0, negZero, 0x1p-9, 0x7p-9, 0x1p-6, 1, -1, 1.5, 448, -448, nan, nan}},
		{F8_E5M2, "\x00\x80\x01\x03\x04\x3c\xbc\x3e\x7b\xfb\x7c\xfc\x7d", []float64{0, negZero, 0x1p-16, 0x3p-16, 0x1p-14, 1, -1, 1.5, 57344, -57344, math.Inf(1), math.Inf(-1), nan}},
		{F8_E4M3FNUZ, "\x00\x80\x01\x07\x08\x40\xc0\x44\x7f\xff", []float64{0, nan, 0x1p-10, 0x7p-10, 0x1p-7, 1, -1, 1.5, 240, -240}},
		{F8_E5M2FNUZ, "\x00\x80\x01\x03\x04\x40\xc0\x42\x7f\xff", []float64{0, nan, 0x1p-17, 0x3p-17, 0x1p-15, 1, -1, 1.5, 57344, -57344}},
		{F8_E8M0, "\x00\x01\x7e\x7f\x80\xfe\xff", []float64{0x1p-127, 0x1p-126, 0.5, 1, 2, 0x1p127, nan}},
	} {
		got := floats(t, c.dtype, []byte(c.bytes))
		for i, want := range c.want {
			g := float64(got[i])
			if math.IsNaN(want) != math.IsNaN(g) || want == want && (g != want || math.Signbit(g) != math.Signbit(want)) {
				t.Errorf("%s %#x = %v, want %v", c.dtype, c.bytes[i], g, want)
			}
		}
	}
}

func TestDecodeF64(t *testing.T) {
	for _, c := range []struct{ in, want float64 }{
		{0, 0}, {1.5, 1.5}, {-0.1, -0.100000001490116119384765625},
		{1 + 0x1p-24, 1}, {1 + 0x3p-24, 1 + 0x1p-22}, {1 + 0x1p-24 + 0x1p-50, 1 + 0x1p-23}, // ties to even
		{0x1p-149, 0x1p-149}, {0x1p-150, 0}, {0x1.8p-150, 0x1p-149},
		{math.MaxFloat32, math.MaxFloat32}, {0x1.ffffffp127, math.Inf(1)}, {1e300, math.Inf(1)}, {-1e300, math.Inf(-1)},
		{math.Inf(-1), math.Inf(-1)},
	} {
		got := floats(t, F64, le.AppendUint64(nil, math.Float64bits(c.in)))[0]
		if float64(got) != c.want {
			t.Errorf("F64 %v = %v, want %v", c.in, got, c.want)
		}
	}
	if got := floats(t, F64, le.AppendUint64(nil, math.Float64bits(math.NaN())))[0]; got == got {
		t.Errorf("F64 NaN = %v", got)
	}
}

func TestDecodeInts(t *testing.T) {
	for _, c := range []struct {
		dtype DType
		bytes string
		want  []int
	}{
		{I8, "\x00\x7f\x80\xff", []int{0, 127, -128, -1}},
		{I16, "\x01\x02\xff\x7f\x00\x80", []int{0x201, 32767, -32768}},
		{U16, "\x01\x02\xff\xff", []int{0x201, 65535}},
		{I32, "\x01\x02\x03\x04\xff\xff\xff\x7f\x00\x00\x00\x80", []int{0x4030201, math.MaxInt32, math.MinInt32}},
		{U32, "\x01\x02\x03\x04\xff\xff\xff\x7f", []int{0x4030201, math.MaxInt32}},
		{I64, "\xfe\xff\xff\xff\xff\xff\xff\xff\x01\x02\x00\x00\x00\x00\x00\x00", []int{-2, 0x201}},
		{U64, "\x01\x02\x00\x00\x00\x00\x00\x00", []int{0x201}},
	} {
		a, err := readAll(t, c.dtype, []byte(c.bytes))
		if err != nil {
			t.Error(err)
			continue
		}
		if got := a.(*tensor.Ints).Data(); !slices.Equal(got, c.want) {
			t.Errorf("%s = %d, want %d", c.dtype, got, c.want)
		}
	}
	// One past the range of int, on any machine.
	_, err := readAll(t, U64, le.AppendUint64(make([]byte, 16), math.MaxInt+1))
	if err == nil || !strings.Contains(err.Error(), "element 2: ") || !strings.Contains(err.Error(), "does not fit an int") {
		t.Errorf("U64 out of range: error %v", err)
	}
	if a, err := readAll(t, U64, le.AppendUint64(nil, math.MaxInt)); err != nil || a.(*tensor.Ints).At(0) != math.MaxInt {
		t.Errorf("U64 MaxInt = %v, %v", a, err)
	}
}

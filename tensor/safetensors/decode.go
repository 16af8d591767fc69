package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"github.com/gannet-ml/gannet/internal/half"
)

var le = binary.LittleEndian

// decodeFloats converts numbers of any floating-point type. All but F64 are
// exact, with the payload of NaNs.
func decodeFloats(dst []float32, dtype DType, src []byte) {
	switch dtype {
	case F64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(src[8*i:])))
		}
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		}
	case F16:
		for i := range dst {
			dst[i] = half.Float32(le.Uint16(src[2*i:]))
		}
	case BF16:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(le.Uint16(src[2*i:])) << 16)
		}
	default:
		table := f8Tables()[dtype]
		for i := range dst {
			dst[i] = table[src[i]]
		}
	}
}

// f8Tables returns the values of all bytes in each type of 8 bits.
var f8Tables = sync.OnceValue(func() map[DType]*[256]float32 {
	tables := map[DType]*[256]float32{}
	for dtype, value := range map[DType]func(byte) float32{
		F8_E5M2:     func(b byte) float32 { return half.Float32(uint16(b) << 8) }, // a half of F16
		F8_E4M3:     fromE4M3,
		F8_E8M0:     fromE8M0,
		F8_E4M3FNUZ: func(b byte) float32 { return fromFNUZ(b, 3, 8) },
		F8_E5M2FNUZ: func(b byte) float32 { return fromFNUZ(b, 2, 16) },
	} {
		tables[dtype] = new([256]float32)
		for b := range 256 {
			tables[dtype][b] = value(byte(b))
		}
	}
	return tables
})

var nan = float32(math.NaN())

// fromE4M3 has NaN where the bits are all ones, and no infinity (Micikevicius et
// al. 2022, table 1).
func fromE4M3(b byte) float32 {
	if b&0x7f == 0x7f {
		return nan
	}
	return smallFloat(b, 3, 7)
}

// fromFNUZ is for types whose only special value is NaN at the place of -0.
func fromFNUZ(b byte, manBits, bias int) float32 {
	if b == 0x80 {
		return nan
	}
	return smallFloat(b, manBits, bias)
}

// fromE8M0 is 2^(b-127), without sign, and NaN at the top (OCP Microscaling
// Formats 1.0, section 5.4.1).
func fromE8M0(b byte) float32 {
	if b == 0xff {
		return nan
	}
	return float32(math.Ldexp(1, int(b)-127))
}

// smallFloat is the value of a byte of sign, exponent and mantissa, no values
// being special:
//
//	±1.man · 2^(exp-bias), or ±0.man · 2^(1-bias) if exp is 0
func smallFloat(b byte, manBits, bias int) float32 {
	man, exp := int(b)&(1<<manBits-1), int(b&0x7f)>>manBits
	if exp == 0 {
		exp = 1
	} else {
		man |= 1 << manBits
	}
	v := math.Ldexp(float64(man), exp-bias-manBits)
	if b&0x80 != 0 {
		v = math.Copysign(v, -1)
	}
	return float32(v)
}

// decodeInts converts integers; one that does not fit an int is an error.
func decodeInts(dst []int, dtype DType, src []byte) (int, error) {
	switch dtype {
	case I8:
		for i := range dst {
			dst[i] = int(int8(src[i]))
		}
	case I16:
		for i := range dst {
			dst[i] = int(int16(le.Uint16(src[2*i:])))
		}
	case U16:
		for i := range dst {
			dst[i] = int(le.Uint16(src[2*i:]))
		}
	case I32:
		for i := range dst {
			dst[i] = int(int32(le.Uint32(src[4*i:])))
		}
	case U32:
		for i := range dst {
			v := le.Uint32(src[4*i:])
			if uint64(v) > math.MaxInt {
				return i, fmt.Errorf("%d does not fit an int", v)
			}
			dst[i] = int(v)
		}
	case I64:
		for i := range dst {
			v := int64(le.Uint64(src[8*i:]))
			if int64(int(v)) != v {
				return i, fmt.Errorf("%d does not fit an int", v)
			}
			dst[i] = int(v)
		}
	case U64:
		for i := range dst {
			v := le.Uint64(src[8*i:])
			if v > math.MaxInt {
				return i, fmt.Errorf("%d does not fit an int", v)
			}
			dst[i] = int(v)
		}
	}
	return 0, nil
}

func decodeBytes(dst []uint8, _ DType, src []byte) (int, error) {
	copy(dst, src)
	return 0, nil
}

func decodeBools(dst []bool, _ DType, src []byte) (int, error) {
	for i := range dst {
		if src[i] > 1 {
			return i, fmt.Errorf("byte %d is no BOOL, want 0 or 1", src[i])
		}
		dst[i] = src[i] == 1
	}
	return 0, nil
}

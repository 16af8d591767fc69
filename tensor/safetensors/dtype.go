package safetensors

import "github.com/gannet-ml/gannet/tensor"

// DType is the type of a tensor's elements in a file, under the name it has
// there.
type DType string

// The types of the format.
const (
	BOOL        DType = "BOOL"
	F4          DType = "F4"      // two to a byte; not supported
	F6_E2M3     DType = "F6_E2M3" // not supported
	F6_E3M2     DType = "F6_E3M2" // not supported
	U8          DType = "U8"
	I8          DType = "I8"
	F8_E5M2     DType = "F8_E5M2"     // 5 bits of exponent, 2 of mantissa, with infinities
	F8_E4M3     DType = "F8_E4M3"     // 4 and 3, no infinities (E4M3FN)
	F8_E8M0     DType = "F8_E8M0"     // powers of two
	F8_E4M3FNUZ DType = "F8_E4M3FNUZ" // no infinities, no negative zero
	F8_E5M2FNUZ DType = "F8_E5M2FNUZ" // no infinities, no negative zero
	I16         DType = "I16"
	U16         DType = "U16"
	F16         DType = "F16"  // IEEE 754 half precision
	BF16        DType = "BF16" // the upper half of a float32
	I32         DType = "I32"
	U32         DType = "U32"
	F32         DType = "F32"
	C64         DType = "C64" // two float32
	F64         DType = "F64"
	I64         DType = "I64"
	U64         DType = "U64"
)

// dtypes lists all types by growing alignment. Writers store tensors in the
// opposite order, so that each is aligned.
var dtypes = []struct {
	dtype DType
	bits  int
}{
	{BOOL, 8}, {F4, 4}, {F6_E2M3, 6}, {F6_E3M2, 6}, {U8, 8}, {I8, 8},
	{F8_E5M2, 8}, {F8_E4M3, 8}, {F8_E8M0, 8}, {F8_E4M3FNUZ, 8}, {F8_E5M2FNUZ, 8},
	{I16, 16}, {U16, 16}, {F16, 16}, {BF16, 16},
	{I32, 32}, {U32, 32}, {F32, 32},
	{C64, 64}, {F64, 64}, {I64, 64}, {U64, 64},
}

// rank returns the place of d in dtypes, -1 if the format has no such type.
func (d DType) rank() int {
	for i, e := range dtypes {
		if e.dtype == d {
			return i
		}
	}
	return -1
}

// Size returns the number of bytes of one element, 0 for a type that does not
// fill bytes or that the format does not have.
func (d DType) Size() int {
	if i := d.rank(); i >= 0 {
		return dtypes[i].bits / 8
	}
	return 0
}

// dtypeOf returns the type that an array is written as.
func dtypeOf(a tensor.Any) DType {
	switch a.(type) {
	case *tensor.Tensor:
		return F32
	case *tensor.Ints:
		return I64
	case *tensor.Bytes:
		return U8
	default:
		return BOOL
	}
}

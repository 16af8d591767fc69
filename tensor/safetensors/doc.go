// Package safetensors reads and writes named tensors in the safetensors format
// of Hugging Face, the weights format of this library.
//
// [Load] reads a whole file, [Write] replaces one in a single step:
//
//	err := safetensors.Write("model.safetensors", []safetensors.Entry{
//		{Name: "weight", Value: w},
//		{Name: "bias", Value: b},
//	}, map[string]string{"format": "gannet"})
//
//	entries, metadata, err := safetensors.Load("model.safetensors")
//
// [Open] reads the header alone; the tensors follow one by one, by name, in any
// order and from any number of goroutines. [NewReader], [Parse] and [Encode]
// work without files. [Map] maps a local file into memory, and [File.View] returns
// tensors that lie in it.
//
// # Format
//
// A file is a length N (8 bytes, little-endian), a header of N bytes of JSON
// and the data, little-endian in row-major order:
//
//	{"__metadata__": {string: string, …}, NAME: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
//
// # Types
//
//	DType                                   read as             from
//	F64 F32 F16 BF16 F8_…                   *tensor.Tensor      exact, but F64 rounds
//	I8 I16 I32 I64 U16 U32 U64              *tensor.Ints        range checked
//	U8                                      *tensor.Bytes
//	BOOL                                    *tensor.Bools       bytes 0 and 1 only
//	C64                                     [File.ReadRaw] only
//
// F64 values round to the nearest float32, ties to even; those beyond its range
// become infinite. Tensors are written as F32, Ints as I64, Bytes as U8, Bools
// as BOOL, and any other type by [Raw]. Files with the types F4 and F6, whose
// values do not fill bytes, are refused with [errors.ErrUnsupported].
//
// # Strictness
//
// A file comes from anywhere, so the reader takes nothing on trust. Tensors must
// cover the data exactly, in any order but without overlap, hole or rest; sizes
// must agree with shape and type; keys must not repeat; numbers must be plain
// integers below 2⁴⁸; text must be UTF-8 and names free of control characters.
// The header may be padded with white space; unknown fields of a tensor are
// skipped. [MaxHeader], [MaxTensors], [MaxMetadata] and [MaxRank] bound the rest.
// Values are not looked at unless asked with [Finite]. Whatever is wrong with a
// file is a [*FormatError], never a panic.
//
// Names are only names: check them before making paths of them.
//
// # Memory
//
// Opening a file of any content allocates at most 8 bytes for each byte of the
// header plus 16 MiB, and nothing for a header that is longer than the file.
// Reading a tensor allocates the result and 64 KiB; a result has at most 8 times
// the bytes that the tensor has in the file (I8 to int). Writing allocates the
// header and 64 KiB.
//
// # Deterministic output
//
// The same tensors and metadata make the same bytes, whatever their order: types
// of large alignment come first, then the order is by name, as in the Rust
// library; metadata is sorted by key; spaces pad the header so that the data
// start at a multiple of 8.
package safetensors

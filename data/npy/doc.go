// Package npy reads and writes arrays in the formats of NumPy: .npy files of one
// array and .npz files of several by name.
//
//	a, err := npy.Load("x.npy")
//	x, ok := a.(*tensor.Tensor)
//
//	err := npy.SaveZip("set.npz", map[string]tensor.Any{"x": x, "y": labels})
//	arrays, err := npy.LoadZip("set.npz")
//	train := data.Tensors(arrays["x"].(*tensor.Tensor), arrays["y"])
//
// [OpenZip] reads the arrays of an .npz file one by one. [Decode], [Encode],
// [NewArchive] and [EncodeZip] work without files.
//
// # Format
//
// A .npy file is the bytes 93 'NUMPY', two bytes of version, the length of the
// header, the header and the elements. The header is a dictionary as Python
// prints it:
//
//	{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
//
// Versions 1.0 to 3.0, both byte orders and both orders of elements are read;
// the last, column-major, is turned into row-major. A .npz file is a ZIP archive,
// compressed or not, of .npy files. See
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
//
// # Types
//
//	NumPy                                       read as             from
//	float16 float32 float64                     *tensor.Tensor      exact, but float64 rounds
//	int8 int16 int32 int64 uint16 uint32 uint64 *tensor.Ints        range checked
//	uint8                                       *tensor.Bytes
//	bool                                        *tensor.Bools       bytes 0 and 1 only
//
// Values of float64 round to the nearest float32, ties to even; those beyond its
// range become infinite. Tensors are written as float32, Ints as int64, Bytes as
// uint8, Bools as bool. Other types, such as complex numbers, texts, records and
// Python objects, whose reading could run any code, are refused with
// [errors.ErrUnsupported].
//
// # Strictness
//
// Whatever is wrong with a file is an error that names it and the place, never a
// panic. Memory grows with the data that a file delivers, up to 8 bytes for each
// (int8 to int), and twice that for column-major arrays; the sizes that a header
// promises cost nothing. What an .npz file unpacks to is limited to 1 GiB or 64
// times the size of the file, whichever is more.
package npy

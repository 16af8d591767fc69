// Package oip is the Open Inference Protocol, version 2: its tensors, requests and
// responses, and how they are written in the REST form, as JSON and with the binary
// tensor extension.
//
// Package serve answers these requests; programs need this package for models of
// their own, beside networks, and for clients: [Request.Encode] and [DecodeResponse]
// are a client's half, [Request.Decode] and [Response.Encode] a server's.
// [DecodeGenerate] reads requests of the generate extension.
//
// # Data types
//
//	Datatype                     Data of a [Tensor]
//	BOOL                         []bool
//	UINT8 UINT16 UINT32 UINT64   []uint8 []uint16 []uint32 []uint64
//	INT8 INT16 INT32 INT64       []int8 []int16 []int32 []int64
//	FP16 BF16                    []uint16, the bits; binary only
//	FP32 FP64                    []float32 []float64
//	BYTES                        [][]byte; in JSON, strings
//
// # JSON
//
// The elements of a tensor are a flat list, or lists nested as the axes of the shape
// are; neighbouring axes may be merged and lists of one added, so that shape [2 2 3]
// also takes 2 lists of 6, but not 6 of 2. All lists of a level have the same length.
// Every number is read as the nearest value of its datatype, as package strconv does;
// integers must be written without point and exponent, and fit. FP32 and FP64 take
// integers. Floating-point numbers are written in the shortest form that is read back
// as the same value.
//
// Keys are compared exactly, may come in any order, and not twice. Unknown members
// are passed over and may hold any JSON, as KServe and Triton have it, but for those
// of the generate extension, which are refused. Null stands for an optional member
// that is not given. Parameters are strings, numbers and booleans; an integer that
// fits is an int64, any other number a float64.
//
// # The binary extension
//
// A tensor whose parameters have binary_data_size has its data behind the JSON,
// little-endian; an element of BYTES is its length in four bytes, and the bytes. The
// data follow each other in the order of the JSON and fill the body to its end.
// The field Binary of tensors, outputs and requests stands for the parameters
// binary_data_size, binary_data and binary_data_output, which are not among the
// Parameters.
//
// # Errors
//
// What a body may cause is an [Error] of status 400, or 413 for more elements than
// [Limits] allow. It says where, what was got and what is wanted. Reason is one of
//
//	json        not JSON, not UTF-8, a key for the second time, a wrong kind of member
//	input       an input that is missing, unknown, given twice or not complete
//	output      the same of an output
//	datatype    unknown, not the model's, or without a form in JSON
//	shape       not a shape, not the model's, or not that of the data
//	data        an element that is no value of its datatype
//	text        a text_input that is missing or no string
//	parameters  not a string, number or boolean; for a text, unknown or out of range
//	binary      lengths that do not fit each other
//	limit       more than Limits allow
//
// # Memory
//
// A shape is not believed before the data are there: reading a body of n bytes
// allocates at most 32·n bytes and 64 KiB, freed ones included.
package oip

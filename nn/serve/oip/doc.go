// Package oip is the Open Inference Protocol, version 2: its tensors, requests and
// responses, and how they are written in the REST form, as JSON and with the binary
// tensor extension.
//
// Package serve answers these requests; programs need this package for models of
// their own, beside networks, and for clients.
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
package oip

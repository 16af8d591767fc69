// Package suite checks a server of the Open Inference Protocol as its clients see
// it: one list of cases, each with an id, for any kind of client.
//
//	suite.Run(t, suite.HTTP) // subtests such as refused/ragged_nesting
//
// The protocol has no conformance suite of its own. The cases are those of its text,
// of its binary extension, and of what clients of Triton, KServe and MLServer send;
// expected answers are written down, not computed by the code under test.
package suite

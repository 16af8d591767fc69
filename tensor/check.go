package tensor

import "fmt"

// mustBroadcast returns the common shape of a and b in the memory of dst.
func mustBroadcast(op string, dst, a, b Shape) Shape {
	s, err := AppendBroadcast(dst, a, b)
	if err != nil {
		panic("tensor: " + op + ": " + err.Error())
	}
	return s
}

// mustExpand checks that have broadcasts to want.
func mustExpand(op string, have, want Shape) {
	extra := len(want) - len(have)
	ok := extra >= 0
	for i := 0; ok && i < len(have); i++ {
		ok = have[i] == 1 || have[i] == want[i+extra]
	}
	if !ok {
		panic(fmt.Sprintf("tensor: %s: shape %v does not broadcast to %v", op, have, want))
	}
}

// mustBe checks the shape of a destination.
func mustBe(op string, have, want Shape) {
	if !have.Equal(want) {
		panic(fmt.Sprintf("tensor: %s: dst has shape %v, want %v", op, have, want.Clone()))
	}
}

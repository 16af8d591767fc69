package tensor

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestString compares with what NumPy prints; testdata/print.py wrote it.
func TestString(t *testing.T) {
	file, err := os.ReadFile("testdata/print.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range strings.Split(strings.TrimSuffix(string(file), "---\n"), "---\n") {
		head, want, _ := strings.Cut(c, "\n")
		want = strings.TrimSuffix(want, "\n")
		t.Run(fmt.Sprintf("Golden/Array/%.60s", head), func(t *testing.T) {
			if got := parseArray(t, head).String(); got != want {
				t.Errorf("array prints as\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// parseArray reads "type; shape; elements".
func parseArray(t *testing.T, s string) fmt.Stringer {
	t.Helper()
	parts := strings.Split(s, ";")
	var shape []int
	for _, d := range strings.Fields(parts[1]) {
		n, err := strconv.Atoi(d)
		if err != nil {
			t.Fatal(err)
		}
		shape = append(shape, n)
	}
	var v []float64
	for _, e := range strings.Fields(parts[2]) {
		x, err := strconv.ParseFloat(e, 64)
		if err != nil {
			t.Fatal(err)
		}
		v = append(v, x)
	}
	switch parts[0] {
	case "float32":
		return numbers[float32](v, shape)
	case "int64":
		return numbers[int](v, shape)
	case "uint8":
		return numbers[uint8](v, shape)
	}
	t.Fatalf("unknown type in %q", s)
	return nil
}

func numbers[T Number](v []float64, shape []int) *Array[T] {
	a := Make[T](shape...)
	for i, x := range v {
		a.data[i] = T(x)
	}
	return a
}

func TestStringBools(t *testing.T) {
	for _, c := range []struct {
		a    *Bools
		want string
	}{
		{New([]bool{true, false, false, true}, 2, 2), "[[ true false]\n [false  true]]"},
		{Scalar(true), "true"},
		{new(Bools), "[]"},
	} {
		if got := c.a.String(); got != c.want {
			t.Errorf("String = %q, want %q", got, c.want)
		}
	}
	view := New([]float32{1, 2, 3, 4}, 2, 2).Transpose(0, 1)
	if got, want := fmt.Sprint(view), "[[1. 3.]\n [2. 4.]]"; got != want {
		t.Errorf("a view prints as %q, want %q", got, want)
	}
}

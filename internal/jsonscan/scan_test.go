package jsonscan

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// texts are JSON, and texts that are not, with what is said where.
var texts = []struct {
	text, want string
	pos        int
}{
	{` [1, -0.5e+3 , "a" , true,false , null, {} ,[ ]] ` + "\t\r\n", "", 52},
	{`{"a":{"":[0]},"a":1}`, "", 20},
	{`"\"\\\/\b\f\n\r\t\u0000é\u00E9\uD83D\uDE00` + "\u2028\x7f" + `"`, "", 48},
	{``, "want a value", 0},
	{`nul`, "want a value", 0},
	{`True`, "want a value", 0},
	{`NaN`, "want a value", 0},
	{"\ufeff1", "want a value", 0},
	{"\u00a01", "want a value", 0},
	{`1 2`, "want the end", 2},
	{"1\x00", "want the end", 1},
	{`truefalse`, "want the end", 4},
	{`[`, "want a value", 1},
	{`[1`, "want , or ]", 2},
	{`[1 2]`, "want , or ]", 3},
	{`[1}`, "want , or ]", 2},
	{`[1,]`, "want a value", 3},
	{`[,1]`, "want a value", 1},
	{`{`, "want a string as a key", 1},
	{`{a:1}`, "want a string as a key", 1},
	{`{"a":1,}`, "want a string as a key", 7},
	{`{"a" 1}`, "want :", 5},
	{`{"a":}`, "want a value", 5},
	{`{"a":1 "b":2}`, "want , or }", 7},
	{`{"a":1]`, "want , or }", 6},
	{`-`, "want a digit", 1},
	{`-a`, "want a digit", 1},
	{`1.`, "want a digit", 2},
	{`1.e5`, "want a digit", 2},
	{`1e`, "want a digit", 2},
	{`1E+`, "want a digit", 3},
	{`01`, "want the end", 1},
	{`-00.5`, "want the end", 2},
	{`+1`, "want a value", 0},
	{`.5`, "want a value", 0},
	{`0x1`, "want the end", 1},
	{`"a`, "ends inside a string", 2},
	{`"a\`, "ends inside an escape", 2},
	{`'a'`, "want a value", 0},
	{"\"a\nb\"", "control character 0xa in a string", 2},
	{`"\x61"`, "invalid escape", 1},
	{`"\u12"`, "invalid escape", 1},
	{`"\u00g0"`, "invalid escape", 1},
	{`"a\ud800"`, "invalid escape", 2},
	{`"\udc00\ud800"`, "invalid escape", 1},
	{`"\ud800\ud800"`, "invalid escape", 1},
	{`"\ud800A"`, "invalid escape", 1},
}

func TestScan(t *testing.T) {
	for _, c := range texts {
		s := Scanner{Text: []byte(c.text)}
		err := s.Skip(3)
		if err == nil {
			err = s.End()
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) || s.Pos != c.pos {
			t.Errorf("%s: %v at %d, want %q at %d", c.text, err, s.Pos, c.want, c.pos)
		}
	}
}

func TestSkipDepth(t *testing.T) {
	for _, c := range []struct {
		text  string
		depth int
		pos   int // of what is too deep, -1 if nothing is
	}{
		{`1`, 0, -1}, {`[]`, 0, 0}, {`[]`, 1, -1}, {`[1,{}]`, 1, 3}, {`[{"a":[]}]`, 3, -1}, {`[{"a":[]}]`, 2, 6},
		{`[]`, -1, 0}, {strings.Repeat("[", 1e6), 1000, 1000}, {strings.Repeat(`{"":`, 1e6), 1000, 4000},
	} {
		s := Scanner{Text: []byte(c.text)}
		if err := s.Skip(c.depth); (err == ErrDepth) != (c.pos >= 0) || c.pos >= 0 && s.Pos != c.pos {
			t.Errorf("Skip(%d) of %.20s: %v at %d, want it at %d", c.depth, c.text, err, s.Pos, c.pos)
		}
	}
}

// What is asked for is not there.
func TestWant(t *testing.T) {
	for want, read := range map[string]func(s *Scanner) error{
		"want an object": func(s *Scanner) error { return s.Object(nil) },
		"want an array":  func(s *Scanner) error { return s.Array(nil) },
		"want a string":  func(s *Scanner) error { _, err := s.Str(); return err },
	} {
		s := Scanner{Text: []byte(" true")}
		if err := read(&s); err == nil || err.Error() != want || s.Pos != 1 {
			t.Errorf("error %v at %d, want %q at 1", err, s.Pos, want)
		}
	}
	s := Scanner{Text: []byte(" true")}
	if s.Number(new(Number)) || s.Word("tru1") || s.Word("true,") || s.Take('1') || s.Pos != 1 || !s.Word("true") || s.Peek() != 0 {
		t.Errorf("true is something else, at %d", s.Pos)
	}
}

// An error of the caller ends the reading, and comes back.
func TestCallerError(t *testing.T) {
	mine := errors.New("mine")
	s := Scanner{Text: []byte(`[[0],{"a":1,"b":2}]`)}
	var keys []string
	n := 0
	err := s.Array(func() error {
		if n++; n == 1 {
			return s.Skip(1)
		}
		return s.Object(func(key []byte) error {
			keys = append(keys, string(key))
			return mine
		})
	})
	if err != mine || !slices.Equal(keys, []string{"a"}) || s.Pos != 10 {
		t.Errorf("error %v at %d after keys %q", err, s.Pos, keys)
	}
}

func TestReset(t *testing.T) {
	for _, keep := range []int{0, 1000} {
		s := Scanner{Text: []byte(`"` + strings.Repeat(`\n`, 100) + `"`)}
		if b, err := s.Str(); err != nil || len(b) != 100 {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		s.Reset(keep)
		if s.Text != nil || s.Pos != 0 || (s.unescaped == nil) != (keep == 0) {
			t.Errorf("Reset(%d) leaves %+v", keep, s)
		}
	}
}

func TestAllocates(t *testing.T) {
	text := []byte(`{"a":[1,2.5e-3,true,null,{"b\u00e9":"\n"}],"c":"d"}`)
	var s Scanner
	if n := testing.AllocsPerRun(20, func() {
		s.Text, s.Pos = text, 0
		if err := s.Skip(3); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("reading again allocates %v times, want 0", n)
	}
}

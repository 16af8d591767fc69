package jsonscan

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxNesting is how deep encoding/json goes.
const maxNesting = 10000

// FuzzScan compares with encoding/json: the same texts are JSON, but for halves of
// surrogate pairs, and they hold the same values.
func FuzzScan(f *testing.F) {
	for _, c := range texts {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		s := Scanner{Text: []byte(text)}
		err := s.Skip(maxNesting)
		if err == nil {
			err = s.End()
		}
		if s.Pos < 0 || s.Pos > len(text) {
			t.Fatalf("stopped at %d of %d bytes", s.Pos, len(text))
		}
		if valid := json.Valid([]byte(text)); valid && err != nil && half(text[s.Pos:]) {
			return
		} else if valid != (err == nil) {
			t.Fatalf("%v at byte %d; valid for encoding/json: %v", err, s.Pos, valid)
		}
		if err != nil {
			return
		}
		s.Pos = 0
		got, err := value(t, &s)
		if err != nil {
			t.Fatalf("%v at byte %d, which was skipped", err, s.Pos)
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v, want %#v", got, want)
		}
	})
}

// half reports whether text begins with an escape that is half a character, by the
// measure of encoding/json.
func half(text string) bool {
	unquote := func(n int) (s string) {
		if json.Unmarshal([]byte(`"`+text[:min(n, len(text))]+`"`), &s) != nil {
			return ""
		}
		return s
	}
	return strings.HasPrefix(strings.ToLower(text), `\ud`) && unquote(6) == "\ufffd" && utf8.RuneCountInString(unquote(12)) != 1
}

// value reads a value as encoding/json would with UseNumber.
func value(t *testing.T, s *Scanner) (any, error) {
	switch c := s.Peek(); {
	case c == '{':
		m := map[string]any{}
		return m, s.Object(func(key []byte) error {
			k := string(key)
			v, err := value(t, s)
			m[k] = v
			return err
		})
	case c == '[':
		list := []any{}
		err := s.Array(func() error {
			v, err := value(t, s)
			list = append(list, v)
			return err
		})
		return list, err
	case c == '"':
		b, err := s.Str()
		return string(b), err
	case s.Word("true"):
		return true, nil
	case s.Word("false"):
		return false, nil
	case s.Word("null"):
		return nil, nil
	}
	var n Number
	if !s.Number(&n) {
		return nil, errors.New("no number")
	}
	checkNumber(t, &n)
	return json.Number(n.Text), nil
}

// checkNumber compares with strconv.
func checkNumber(t *testing.T, n *Number) {
	t.Helper()
	text := string(n.Text)
	g32, ok32 := n.Float32()
	g64, ok64 := n.Float64()
	w32, err32 := strconv.ParseFloat(text, 32)
	w64, err64 := strconv.ParseFloat(text, 64)
	if ok32 != (err32 == nil) || ok64 != (err64 == nil) ||
		ok32 && math.Float32bits(g32) != math.Float32bits(float32(w32)) || ok64 && math.Float64bits(g64) != math.Float64bits(w64) {
		t.Errorf("%s: got %v %v, want %v %v", text, g32, g64, float32(w32), w64)
	}
	gi, oki := n.Int64()
	gu, oku := n.Uint64()
	wi, erri := strconv.ParseInt(text, 10, 64)
	wu, erru := strconv.ParseUint(strings.TrimPrefix(text, "-"), 10, 64)
	if oki != (erri == nil) || oku != (erru == nil) || oki && gi != wi || oku && gu != wu {
		t.Errorf("%s: got %d %d, want %d %d", text, gi, gu, wi, wu)
	}
	if n.Integer != !strings.ContainsAny(text, ".eE") || n.Neg != strings.HasPrefix(text, "-") {
		t.Errorf("%s: integer %v, negative %v", text, n.Integer, n.Neg)
	}
}

package safetensors

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// u8 is a valid tensor entry of two bytes.
var u8 = one("a", "U8", "[2]", 0, 2)

// with returns the entry u8 with its dtype, shape or data_offsets replaced.
func with(old, new string) string { return object(strings.Replace(u8, old, new, 1)) }

func lengthOf(n uint64, rest string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, n), rest...)
}

var malformed = []struct {
	name string
	data []byte
	want string // part of the message
}{
	{"empty file", nil, "too short"},
	{"seven bytes", make([]byte, 7), "too short"},
	{"header of no bytes", lengthOf(0, ""), "want { of the header"},
	{"header past the end", lengthOf(3, "{}"), "of which the file holds 2"},
	{"header over the limit", lengthOf(MaxHeader+1, "{}"), "want 100000000 at most"},
	{"header of 2^63 bytes", lengthOf(1<<63, "{}"), "at most"},
	{"header of 2^64-1 bytes", lengthOf(1<<64-1, "{}"), "at most"},

	{"not UTF-8", fileOf("{\"\xff\":1}", 0), "not UTF-8"},
	{"UTF-8 surrogate", fileOf("{\"\xed\xa0\x80\":1}", 0), "not UTF-8"},
	{"byte order mark", fileOf("\ufeff{}", 0), "want {"},
	{"not JSON", fileOf("hello", 0), "want {"},
	{"array", fileOf("[]", 0), "want {"},
	{"string", fileOf(`"{}"`, 0), "want {"},
	{"open object", fileOf("{", 0), "want a string"},
	{"cut after the key", fileOf(`{"a"`, 0), "want :"},
	{"cut after the colon", fileOf(`{"a":`, 0), "want { of a tensor"},
	{"cut in the key", fileOf(`{"a`, 0), "inside a string"},
	{"cut in an escape", fileOf(`{"\`, 0), "inside an escape"},
	{"comma at the end", fileOf(object(u8, ""), 2), "want a string"},
	{"no comma", fileOf("{"+u8+" "+strings.Replace(u8, "a", "b", 1)+"}", 2), "want , or }"},
	{"single quotes", fileOf("{'a':1}", 0), "want a string"},
	{"bare key", fileOf("{a:1}", 0), "want a string"},
	{"text after the object", fileOf("{}x", 0), "want the end"},
	{"two objects", fileOf("{}{}", 0), "want the end"},
	{"zero bytes as padding", fileOf("{}\x00\x00", 0), "want the end"},
	{"other space as padding", fileOf("{}\u00a0", 0), "want the end"},
	{"comment", fileOf("{/**/}", 0), "want a string"},
	{"raw line break in a string", fileOf("{\"a\n\":1}", 0), "control character"},
	{"unknown escape", fileOf(`{"\x61":1}`, 0), "invalid escape"},
	{"short escape", fileOf(`{"\u12":1}`, 0), "invalid escape"},
	{"half a character", fileOf(`{"\ud800":1}`, 0), "invalid escape"},
	{"halves in the wrong order", fileOf(`{"\udc00\ud800":1}`, 0), "invalid escape"},
	{"two first halves", fileOf(`{"\ud800\ud800":1}`, 0), "invalid escape"},

	{"metadata is an array", fileOf(`{"__metadata__":[]}`, 0), "want { of __metadata__"},
	{"metadata is null", fileOf(`{"__metadata__":null}`, 0), "want { of __metadata__"},
	{"metadata is a number", fileOf(`{"__metadata__":{"a":1}}`, 0), "want a string"},
	{"metadata is nested", fileOf(`{"__metadata__":{"a":{}}}`, 0), "want a string"},
	{"metadata holds null", fileOf(`{"__metadata__":{"a":null}}`, 0), "want a string"},
	{"metadata repeats a key", fileOf(`{"__metadata__":{"a":"1","a":"1"}}`, 0), "duplicate key"},
	{"metadata repeats a key in disguise", fileOf(`{"__metadata__":{"a":"1","\u0061":"1"}}`, 0), "duplicate key"},
	{"metadata twice", fileOf(`{"__metadata__":{},"__metadata__":{}}`, 0), "duplicate key"},
	{"metadata is a tensor", fileOf(object(strings.Replace(u8, `"a"`, `"__metadata__"`, 1)), 2), "want a string"},

	{"tensor is null", fileOf(`{"a":null}`, 0), "want { of a tensor"},
	{"tensor is an array", fileOf(`{"a":[]}`, 0), "want { of a tensor"},
	{"tensor is a string", fileOf(`{"a":"b"}`, 0), "want { of a tensor"},
	{"no fields", fileOf(`{"a":{}}`, 0), "no dtype"},
	{"no dtype", fileOf(with(`"dtype":"U8",`, ""), 2), "no dtype"},
	{"no shape", fileOf(with(`"shape":[2],`, ""), 2), "no shape"},
	{"no data_offsets", fileOf(with(`,"data_offsets":[0,2]`, ""), 2), "no data_offsets"},
	{"keys in upper case", fileOf(with("shape", "Shape"), 2), "no shape"},
	{"tensor twice", fileOf(object(one("a", "U8", "[1]", 0, 1), one("a", "U8", "[1]", 1, 2)), 2), "duplicate key"},
	{"tensor twice, the same", fileOf(object(one("a", "U8", "[0]", 0, 0), one("a", "U8", "[0]", 0, 0)), 0), "duplicate key"},
	{"tensor twice in disguise", fileOf(object(one("a", "U8", "[1]", 0, 1), one(`\u0061`, "U8", "[1]", 1, 2)), 2), "duplicate key"},
	{"dtype twice", fileOf(with(`"dtype"`, `"dtype":"U8","dtype"`), 2), "duplicate key"},
	{"shape twice", fileOf(with(`"shape"`, `"shape":[2],"shape"`), 2), "duplicate key"},
	{"data_offsets twice", fileOf(with(`"data_offsets"`, `"data_offsets":[0,2],"data_offsets"`), 2), "duplicate key"},
	{"unknown field twice", fileOf(with(`"shape"`, `"x":1,"x":1,"shape"`), 2), "duplicate key"},
	{"too many fields", fileOf(with(`"shape"`, `"0":0,"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"shape"`), 2), "unknown keys"},
	{"unknown field is not JSON", fileOf(with(`"shape"`, `"x":nul,"shape"`), 2), "want a value"},
	{"unknown field is a bad number", fileOf(with(`"shape"`, `"x":1.,"shape"`), 2), "want a digit"},
	{"unknown field is a bad exponent", fileOf(with(`"shape"`, `"x":1e+,"shape"`), 2), "want a digit"},
	{"unknown field is a lone minus", fileOf(with(`"shape"`, `"x":-,"shape"`), 2), "want a digit"},
	{"unknown field has a leading zero", fileOf(with(`"shape"`, `"x":01,"shape"`), 2), "want , or }"},
	{"unknown field is NaN", fileOf(with(`"shape"`, `"x":NaN,"shape"`), 2), "want a value"},
	{"deep arrays", fileOf(with(`"shape"`, `"x":`+strings.Repeat("[", 100_000)), 2), "nested more than"},
	{"deep objects", fileOf(with(`"shape"`, `"x":`+strings.Repeat(`{"":`, 100_000)), 2), "nested more than"},
	{"deep shape", fileOf(with(`[2]`, strings.Repeat("[", 100_000)), 2), "plain integer"},

	{"NUL in a name", fileOf(object(one(`a\u0000b`, "U8", "[2]", 0, 2)), 2), "control character"},
	{"line break in a name", fileOf(object(one(`a\n`, "U8", "[2]", 0, 2)), 2), "control character"},
	{"delete in a name", fileOf(object(one("a\x7f", "U8", "[2]", 0, 2)), 2), "control character"},
	{"C1 control in a name", fileOf(object(one("a\u0085", "U8", "[2]", 0, 2)), 2), "control character"},

	{"unknown dtype", fileOf(with("U8", "U9"), 2), `unknown dtype "U9"`},
	{"empty dtype", fileOf(with("U8", ""), 2), "unknown dtype"},
	{"dtype in lower case", fileOf(with("U8", "u8"), 2), "unknown dtype"},
	{"dtype is a number", fileOf(with(`"U8"`, "8"), 2), "want a string for dtype"},
	{"F4", fileOf(with("U8", "F4"), 1), "F4 is not supported"},
	{"F6_E2M3", fileOf(object(one("a", "F6_E2M3", "[4]", 0, 3)), 3), "F6_E2M3 is not supported"},
	{"F6_E3M2", fileOf(object(one("a", "F6_E3M2", "[4]", 0, 3)), 3), "F6_E3M2 is not supported"},

	{"shape is a number", fileOf(with("[2]", "2"), 2), "want [ of shape"},
	{"shape is null", fileOf(with("[2]", "null"), 2), "want [ of shape"},
	{"size is negative", fileOf(with("[2]", "[-2]"), 2), "want a plain integer"},
	{"sizes are negative", fileOf(with("[2]", "[-1,-2]"), 2), "want a plain integer"},
	{"size is minus zero", fileOf(with("[2]", "[-0]"), 0), "want a plain integer"},
	{"size has a fraction", fileOf(with("[2]", "[2.0]"), 2), "want a plain integer"},
	{"size has an exponent", fileOf(with("[2]", "[2e0]"), 2), "want a plain integer"},
	{"size has a big exponent", fileOf(with("[2]", "[1E3]"), 2), "want a plain integer"},
	{"size has a leading zero", fileOf(with("[2]", "[02]"), 2), "leading zero"},
	{"size has a plus", fileOf(with("[2]", "[+2]"), 2), "want a plain integer"},
	{"size is a string", fileOf(with("[2]", `["2"]`), 2), "want a plain integer"},
	{"size is true", fileOf(with("[2]", "[true]"), 2), "want a plain integer"},
	{"size is 2^48", fileOf(with("[2]", "[281474976710656]"), 2), "over 2^48-1"},
	{"size is 2^64+2", fileOf(with("[2]", "[18446744073709551618]"), 2), "over 2^48-1"},
	{"size of a thousand digits", fileOf(with("[2]", "["+strings.Repeat("9", 1000)+"]"), 2), "over 2^48-1"},
	{"comma in the shape", fileOf(with("[2]", "[2,]"), 2), "want a plain integer"},
	{"no comma in the shape", fileOf(with("[2]", "[1 2]"), 2), "want , or ]"},
	{"too many axes", fileOf(with("[2]", "[2"+strings.Repeat(",1", MaxRank)+"]"), 2), "more than 64 axes"},
	{"product of sizes wraps to 0", fileOf(with("[2]", "[4294967296,4294967296]"), 2), "too many elements"},
	{"product of sizes wraps to 2", fileOf(with("[2]", "[6074001000,3037000500,2]"), 2), "too many elements"},
	{"product of a size 0 wraps", fileOf(with("[2]", "[281474976710655,281474976710655,0]"), 0), "too many elements"},
	{"number of bytes wraps", fileOf(object(one("a", "F64", "[2147483648,1073741824]", 0, 0)), 0), "too many elements"},
	{"4 TB without data", fileOf(object(one("a", "F32", "[1099511627776]", 0, 4<<40)), 0), "reach past the data"},

	{"data_offsets is a number", fileOf(with("[0,2]", "2"), 2), "want [ of data_offsets"},
	{"no offset", fileOf(with("[0,2]", "[]"), 2), "has 0 numbers"},
	{"one offset", fileOf(with("[0,2]", "[2]"), 2), "has 1 numbers"},
	{"three offsets", fileOf(with("[0,2]", "[0,2,2]"), 2), "more than 2"},
	{"negative offset", fileOf(with("[0,2]", "[-2,0]"), 2), "want a plain integer"},
	{"fractional offset", fileOf(with("[0,2]", "[0,2.0]"), 2), "want a plain integer"},
	{"offset of 2^63+2", fileOf(with("[0,2]", "[9223372036854775808,9223372036854775810]"), 2), "over 2^48-1"},
	{"reversed offsets", fileOf(with("[0,2]", "[2,0]"), 2), "reversed"},
	{"fewer bytes than the shape", fileOf(with("[0,2]", "[0,1]"), 1), "hold 1 bytes, shape [2] of U8 needs 2"},
	{"more bytes than the shape", fileOf(with("[0,2]", "[0,3]"), 3), "hold 3 bytes"},
	{"bytes for an empty shape", fileOf(with("[2]", "[0]"), 2), "hold 2 bytes"},
	{"wrong type for the bytes", fileOf(with("U8", "U16"), 2), "shape [2] of U16 needs 4"},
	{"half an element", fileOf(object(one("a", "F32", "[1]", 0, 3)), 3), "needs 4"},
	{"data are cut", fileOf(object(u8), 1), "reach past the data, which have 1 bytes"},
	{"no data", fileOf(object(u8), 0), "reach past the data"},
	{"bytes after the data", fileOf(object(u8), 3), "1 bytes after the last tensor"},
	{"bytes without tensors", fileOf("{}", 1), "1 bytes after the last tensor"},
	{"hole at the start", fileOf(with("[0,2]", "[1,3]"), 3), "hole"},
	{"hole in the middle", fileOf(object(u8, one("b", "U8", "[1]", 3, 4)), 4), "hole"},
	{"overlap by a byte", fileOf(object(u8, one("b", "U8", "[2]", 1, 3)), 3), "overlap"},
	{"one inside the other", fileOf(object(one("a", "U8", "[4]", 0, 4), one("b", "U8", "[1]", 1, 2)), 4), "overlap"},
	{"the same bytes twice", fileOf(object(u8, one("b", "U8", "[2]", 0, 2)), 2), "overlap"},
	{"the same bytes ten times", fileOf(object(tenOf()...), 2), "overlap"},
	{"empty tensor inside another", fileOf(object(u8, one("b", "U8", "[0]", 1, 1)), 2), "overlap"},
}

func tenOf() (members []string) {
	for i := range 10 {
		members = append(members, one(string(rune('a'+i)), "U8", "[2]", 0, 2))
	}
	return members
}

func TestParseRefuses(t *testing.T) {
	refused := 0
	for _, c := range malformed {
		_, err := Parse(c.data)
		e, ok := errors.AsType[*FormatError](err)
		if !ok || !says(e, c.want) {
			t.Errorf("%s: error %v, want a *FormatError with %q", c.name, err, c.want)
			continue
		}
		refused++
	}
	t.Logf("%d of %d malformed files are refused with a *FormatError", refused, len(malformed))
}

// Every file of the table is broken by its fault alone: what it is made from is
// read.
func TestParseAccepts(t *testing.T) {
	for _, c := range []struct {
		name  string
		data  []byte
		names []string
	}{
		{"no tensors", fileOf("{}", 0), nil},
		{"base of the malformed files", fileOf(object(u8), 2), []string{"a"}},
		{"padding", fileOf(object(u8)+"   \t\r\n", 2), []string{"a"}},
		{"space at the start", fileOf(" \n"+object(u8), 2), []string{"a"}},
		{"space all over", fileOf(` { "a" : { "dtype" : "U8" , "shape" : [ 2 ] , "data_offsets" : [ 0 , 2 ] } } `, 2), []string{"a"}},
		{"fields in another order", fileOf(`{"a":{"data_offsets":[0,2],"shape":[2],"dtype":"U8"}}`, 2), []string{"a"}},
		{"unknown fields", fileOf(with(`"shape"`, `"x":[1.5e-3,-0,{"y":null,"z":[true,false,"\u0001"]}],"w":{},"shape"`), 2), []string{"a"}},
		{"metadata last", fileOf(object(u8, `"__metadata__":{"k":"v"}`), 2), []string{"a"}},
		{"scalar", fileOf(object(one("a", "F32", "[]", 0, 4)), 4), []string{"a"}},
		{"empty shape", fileOf(object(one("a", "F32", "[3,0]", 0, 0)), 0), []string{"a"}},
		{"64 axes", fileOf(object(one("a", "U8", "[2"+strings.Repeat(",1", MaxRank-1)+"]", 0, 2)), 2), []string{"a"}},
		{"empty tensors between", fileOf(object(one("c", "U8", "[0]", 1, 1), one("b", "U8", "[1]", 1, 2), one("a", "U8", "[1]", 0, 1), one("d", "U8", "[0]", 2, 2)), 2), []string{"a", "c", "b", "d"}},
		{"empty name", fileOf(object(one("", "U8", "[1]", 0, 1)), 1), []string{""}},
		{"names in any script", fileOf(object(one("层/0 \\\\ ..\u2028", "U8", "[1]", 0, 1), one(`\ud83d\ude00\"`, "U8", "[1]", 1, 2)), 2), []string{"层/0 \\ ..\u2028", "😀\""}},
		{"names that differ by case", fileOf(object(one("a", "U8", "[1]", 0, 1), one("A", "U8", "[1]", 1, 2)), 2), []string{"a", "A"}},
		{"data not aligned", fileOf(object(one("a", "U8", "[1]", 0, 1), one("b", "F64", "[1]", 1, 9)), 9), []string{"a", "b"}},
	} {
		f, err := Parse(c.data)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := f.Names(); !slices.Equal(got, c.names) {
			t.Errorf("%s: names %q, want %q", c.name, got, c.names)
		}
		for _, name := range f.Names() {
			if _, err := f.Read(name); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

func TestParseMetadata(t *testing.T) {
	f := parsed(t, fileOf(`{"__metadata__":{"":"\u0000\b\f\n\r\t\/\\\"\u00e9\uD83D\uDE00","__metadata__":"\/"}}`, 0))
	want := map[string]string{"": "\x00\b\f\n\r\t/\\\"é😀", "__metadata__": "/"}
	if got := f.Metadata(); !maps.Equal(got, want) {
		t.Errorf("metadata %q, want %q", got, want)
	}
	if f := parsed(t, fileOf("{}", 0)); f.Metadata() != nil {
		t.Errorf("metadata %q of a file without, want nil", f.Metadata())
	}
	if f := parsed(t, fileOf(`{"__metadata__":{}}`, 0)); f.Metadata() == nil {
		t.Error("metadata nil of a file with an empty object")
	}
}

func TestFormatError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	open := func(data []byte) error {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		if err == nil {
			t.Fatal("no error")
		}
		return err
	}
	err := open(fileOf(object(one("a.weight", "F32", "[2,3]", 0, 16)), 16))
	want := "safetensors: " + path + `: tensor "a.weight": data_offsets [0 16] hold 16 bytes, shape [2 3] of F32 needs 24`
	if err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
	err = open(fileOf(`{"a":{"dtype":"U8","shape":[1.5]`, 0))
	want = "safetensors: " + path + `: tensor "a": byte 37: header: got '.', want a plain integer for a size`
	if err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
	e, _ := errors.AsType[*FormatError](err)
	if e.Path != path || e.Tensor != "a" || e.Offset != 37 {
		t.Errorf("fields %+v", e)
	}
	if err := open(fileOf(object(one("a", "F4", "[2]", 0, 1)), 1)); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v is not errors.ErrUnsupported", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder is opened")
	}
}

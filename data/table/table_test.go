package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// people is the schema of the files in testdata.
var people = Schema{
	Numeric:       []string{"age", "hours"},
	Categorical:   []string{"city", "work"},
	Class:         "income",
	OnMissing:     Fill,
	IgnoreUnknown: true,
}

type golden struct {
	Categories [][]string
	Classes    []string
	Train      xy
	Test       xy
}

type xy struct {
	X [][]float32
	Y []int
}

// matches compares a data set with what scikit-learn makes of the same file.
func matches(t *testing.T, name string, ds data.Dataset, want xy) {
	t.Helper()
	if ds.Len() != len(want.X) {
		t.Fatalf("%s: %d samples, want %d", name, ds.Len(), len(want.X))
	}
	for i, x := range want.X {
		s, err := data.Get(ds, i)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.X.Data(); !slices.Equal(got, x) {
			t.Errorf("%s: sample %d = %v, want %v", name, i, got, x)
		}
		label, err := data.Label(ds, i)
		if err != nil || label != want.Y[i] || s.Y.(*tensor.Ints).Item() != label {
			t.Errorf("%s: label of sample %d = %d and %v, %v, want %d", name, i, label, s.Y, err, want.Y[i])
		}
	}
}

func TestGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var want golden
	if err := json.Unmarshal(text, &want); err != nil || len(want.Train.X) == 0 {
		t.Fatal(err)
	}
	train, e, err := Load("testdata/train.csv", people)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("Golden/Load", func(t *testing.T) { matches(t, "train", train, want.Train) })
	if !reflect.DeepEqual(e.Categories, want.Categories) || !slices.Equal(e.Classes, want.Classes) {
		t.Errorf("categories %q, classes %q, want %q, %q", e.Categories, e.Classes, want.Categories, want.Classes)
	}
	if s := train.Spec(); s.Err != nil || s.Classes != 3 || !slices.Equal(s.ClassNames, want.Classes) || !s.X.Equal(tensor.Shape{len(e.Features())}) {
		t.Errorf("Spec() = %+v", s)
	}

	// Directly, and after a way through a file.
	path := filepath.Join(t.TempDir(), "encoder.json")
	if err := e.Save(path); err != nil {
		t.Fatal(err)
	}
	stored, err := LoadEncoder(path)
	if err != nil || !reflect.DeepEqual(stored, e) {
		t.Fatalf("the stored encoder is %+v, %v, want %+v", stored, err, e)
	}
	for name, e := range map[string]*Encoder{"same": e, "stored": stored} {
		t.Run("Golden/Encoder/"+name, func(t *testing.T) {
			test, err := e.Load("testdata/test.csv")
			if err != nil {
				t.Fatal(err)
			}
			matches(t, "test", test, want.Test)
			again, err := e.Load("testdata/train.csv")
			if err != nil {
				t.Fatal(err)
			}
			matches(t, "train", again, want.Train)
		})
	}
}

// values returns the inputs of all samples.
func values(t *testing.T, ds data.Dataset) (all [][]float32) {
	t.Helper()
	for i := range ds.Len() {
		s, err := data.Get(ds, i)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s.X.Data())
	}
	return all
}

func TestTargets(t *testing.T) {
	const text = "a,b,c\n1,2,3\n4,5,6\n"
	for _, c := range []struct {
		targets []string
		shape   tensor.Shape
		want    []float32
	}{{[]string{"c"}, tensor.Shape{}, []float32{6}}, {[]string{"c", "a"}, tensor.Shape{2}, []float32{6, 4}}} {
		ds, e, err := Decode(strings.NewReader(text), Schema{Numeric: []string{"b"}, Targets: c.targets})
		if err != nil {
			t.Fatal(err)
		}
		if s := ds.Spec(); !s.Y.Equal(c.shape) || s.Classes != 0 || len(e.Classes) != 0 {
			t.Errorf("%v: Spec() = %+v", c.targets, s)
		}
		s, err := data.Get(ds, 1)
		if err != nil || !slices.Equal(s.Y.(*tensor.Tensor).Data(), c.want) || s.X.Item() != 5 {
			t.Errorf("%v: sample 1 = %v, %v, %v, want %v", c.targets, s.X, s.Y, err, c.want)
		}
		if _, err := ds.Label(0); err == nil || err.Error() != "table: the target is not a class" {
			t.Errorf("Label: error %v", err)
		}
		if _, err := e.Decode(strings.NewReader(text)); err != nil {
			t.Error(err)
		}
	}
}

func TestDialects(t *testing.T) {
	want := [][]float32{{1, 1, 0}, {2.5, 0, 1}}
	for name, c := range map[string]struct {
		text   string
		schema Schema
	}{
		"plain":             {"n,w,y\n1,a,p\n2.5,b,q\n", Schema{}},
		"spaces":            {"n , w,y\n 1,\ta, p\n2.5 ,b ,q \n", Schema{}},
		"CRLF and mark":     {"\ufeffn,w,y\r\n1,a,p\r\n2.5,b,q", Schema{}},
		"semicolons":        {"n;w;y\n1;a;p\n2.5;b;q\n", Schema{Comma: ';'}},
		"quotes":            {"\"n\",\"w\",y\n\"1\",\"a\",p\n\"2.5\",b,\"q\"\n", Schema{}},
		"empty lines":       {"\n\nn,w,y\n\n1,a,p\n\n2.5,b,q\n\n", Schema{}},
		"no header":         {"1,a,p\n2.5,b,q\n", Schema{Header: []string{"n", "w", "y"}}},
		"dropped":           {"n,w,y,z\n,a,p,1\n1,a,p,\n1,NA,p,1\n2.5,b,q,1\n2.5,c,null,1\n", Schema{OnMissing: Drop}},
		"missing by name":   {"n,w,y\n1,a,p\n?,a,p\n2.5,b,q\n", Schema{OnMissing: Drop, Missing: []string{"?"}}},
		"missing elsewhere": {"z,n,w,y\n,1,a,p\nNA,2.5,b,q\n", Schema{}},
	} {
		s := c.schema
		s.Numeric, s.Categorical, s.Class = []string{"n"}, []string{"w"}, "y"
		ds, e, err := Decode(iotest.OneByteReader(strings.NewReader(c.text)), s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := values(t, ds); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if got := e.Features(); !slices.Equal(got, []string{"n", "w=a", "w=b"}) {
			t.Errorf("%s: features %q", name, got)
		}
	}
	// With another list the empty text is a category.
	ds, e, err := Decode(strings.NewReader("w,y\n\"\",p\na,p\n"), Schema{Categorical: []string{"w"}, Class: "y", Missing: []string{"?"}})
	if err != nil || !slices.Equal(e.Categories[0], []string{"", "a"}) || ds.Len() != 2 {
		t.Errorf("categories %q, %v, want the empty text and a", e.Categories, err)
	}
}

func wantError(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	for _, w := range append(want, "table: ") {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%s: error %v, want one with %q", what, err, w)
		}
	}
}

func TestSchemaErrors(t *testing.T) {
	for _, c := range []struct {
		s    Schema
		want string
	}{
		{Schema{Class: "y"}, "the schema has no columns, want some in Numeric or Categorical"},
		{Schema{Numeric: []string{"n"}}, `the schema has class "" and targets [], want one of both`},
		{Schema{Numeric: []string{"n"}, Class: "y", Targets: []string{"z"}}, `class "y" and targets ["z"], want one of both`},
		{Schema{Numeric: []string{"n"}, Categorical: []string{"n"}, Class: "y"}, `the schema has column "n" twice`},
		{Schema{Numeric: []string{"y"}, Class: "y"}, `the schema has column "y" twice`},
		{Schema{Numeric: []string{"n"}, Class: "y", OnMissing: "zero"}, `OnMissing is "zero", want Refuse, Drop or Fill`},
		{Schema{Numeric: []string{"n"}, Class: "y", Comma: '"'}, "delimiter"},
	} {
		_, _, err := Decode(strings.NewReader("n,y\n1,a\n"), c.s)
		wantError(t, c.want, err, c.want)
	}
}

func TestFileErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	all := "aa bb cc dd ee ff gg hh ii jj kk ll"
	many := "n,w,y\n"
	for _, w := range strings.Fields(all) {
		many += "1," + w + ",p\n"
	}
	for _, c := range []struct {
		name, text, want string
		policy           Policy
	}{
		{"empty", "", "header: the file is empty", Refuse},
		{"no rows", "n,w,y\n", "no rows to learn from", Refuse},
		{"no column", "n,v,y\n1,a,p\n", `header: no column "w", have ["n" "v" "y"]`, Refuse},
		{"two columns", "n,w,y,w\n1,a,p,a\n", `header: column "w" comes twice`, Refuse},
		{"short", "n,w,y\n1,a,p\n1,a\n", "line 3: 2 values, want 3", Refuse},
		{"long", "n,w,y\n1,a,p,4\n", "line 2: 4 values, want 3", Refuse},
		{"quote", "n,w,y\n1,a\"b,p\n", `line 2, column 4: bare " in non-quoted-field`, Refuse},
		{"open quote", "n,w,y\n1,\"a,p\n", "line 2, column 8: extraneous or missing \" in quoted-field", Refuse},
		{"text", "n,w,y\n1,a,p\n12,b, p\nx1,a,p\n", `line 4, column 1: n is "x1", want a number`, Refuse},
		{"infinite", "w,y,n\na,p,inf\n", `line 2, column 5: n is "inf", want a number from -3.4`, Refuse},
		{"large", "n,w,y\n1e39,a,p\n", `line 2, column 1: n is "1e39", want a number from`, Refuse},
		{"very large", "n,w,y\n1e999,a,p\n", `line 2, column 1: n is "1e999", want a number from`, Refuse},
		{"missing", "n,w,y\n1,a,p\n1,NA,p\n", `line 3, column 3: w is "NA", a missing value, want one`, Refuse},
		{"missing class", "n,w,y\n1,a,\n", `line 2, column 5: y is "", a missing value, want one`, Fill},
		{"Latin-1", "n,w,y\n1,Z\xfcrich,p\n", `line 2, column 3: w is "Z\xfcrich", want text in UTF-8`, Refuse},
		{"all dropped", "n,w,y\n1,,p\n", "no rows to learn from", Drop},
		{"no numbers", "n,w,y\n,a,p\nNA,a,p\n", `column "n" has no values, want some to take the mean of`, Fill},
		{"no categories", "n,w,y\n1,,p\n2,,p\n", `column "w" has no values, want some categories`, Fill},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		ds, e, err := Load(path, Schema{Numeric: []string{"n"}, Categorical: []string{"w"}, Class: "y", OnMissing: c.policy})
		wantError(t, c.name, err, path+": "+c.want)
		if ds != nil || e != nil {
			t.Errorf("%s: a table or an encoder with the error", c.name)
		}
	}

	_, e, err := Decode(strings.NewReader(many), Schema{Numeric: []string{"n"}, Categorical: []string{"w"}, Class: "y"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Decode(strings.NewReader("y,w,n\np,aa,1\np,zz,2\n"))
	wantError(t, "category", err, `table: line 3, column 3: w is "zz", want one of ["aa" "bb" "cc" "dd" "ee" "ff" "gg" "hh" "ii" "jj"] and 2 more`)
	_, err = e.Decode(strings.NewReader("y,w,n\nq,aa,1\n"))
	wantError(t, "class", err, `table: line 2, column 1: y is "q", want one of ["p"]`)
	if ds, err := e.Decode(strings.NewReader("y,w,n\n")); err != nil || ds.Len() != 0 || ds.Spec().Classes != 1 {
		t.Errorf("a table without rows: %v", err)
	}
	broken := errors.New("broken")
	if _, err := e.Decode(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	for _, err := range []error{
		func() error { _, _, err := Load(path+"x", people); return err }(),
		func() error { _, err := e.Load(path + "x"); return err }(),
		func() error { _, err := LoadEncoder(path + "x"); return err }(),
	} {
		wantError(t, "nowhere", err, path+"x")
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v, want %v", err, fs.ErrNotExist)
		}
	}
}

func TestEncoderErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "encoder.json")
	_, good, err := Load("testdata/train.csv", people)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		edit func(e *Encoder)
		want string
	}{
		{func(e *Encoder) { e.Schema.Numeric = nil }, "encoder: 2 means, want 0"},
		{func(e *Encoder) { e.Schema.Class = "" }, `the schema has class "" and targets []`},
		{func(e *Encoder) { e.Categories = e.Categories[:1] }, "encoder: categories of 1 columns and 2 most frequent ones, want 2"},
		{func(e *Encoder) { e.Frequent = nil }, "encoder: categories of 2 columns and 0 most frequent ones, want 2"},
		{func(e *Encoder) { e.Classes = nil }, `encoder: 0 classes for the class column "income"`},
		{func(e *Encoder) { e.Classes = []string{"a", "a"} }, `encoder: classes ["a" "a"] are not in order`},
		{func(e *Encoder) { e.Categories[1] = []string{"b", "a"} }, `encoder: categories ["b" "a"] of column "work" are none or not in order`},
		{func(e *Encoder) { e.Categories[0] = nil }, `encoder: categories [] of column "city"`},
		{func(e *Encoder) { e.Frequent[1] = 3 }, `encoder: most frequent category of column "work" is 3, want 0 to 2`},
		{func(e *Encoder) { e.Frequent[0] = -1 }, `encoder: most frequent category of column "city" is -1, want 0 to 3`},
	} {
		e := *good
		e.Categories, e.Frequent = slices.Clone(good.Categories), slices.Clone(good.Frequent)
		c.edit(&e)
		_, err := e.Load("testdata/test.csv")
		wantError(t, "Load", err, c.want)
		if err := e.Save(path); err != nil {
			t.Fatal(err)
		}
		_, err = LoadEncoder(path)
		wantError(t, "LoadEncoder", err, path+": "+c.want)
	}
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = LoadEncoder(path)
	wantError(t, "JSON", err, path)
	wantError(t, "Save", good.Save(filepath.Join(path, "x")), path)
}

func TestReadErrors(t *testing.T) {
	classes, _, err := Load("testdata/train.csv", people)
	if err != nil {
		t.Fatal(err)
	}
	ds, _, err := Decode(strings.NewReader("a,b\n1,2\n"), Schema{Numeric: []string{"a"}, Targets: []string{"b"}})
	if err != nil {
		t.Fatal(err)
	}
	good, number := data.NewSample(classes.Spec()), data.NewSample(ds.Spec())
	for want, err := range map[string]error{
		"table: no row -1, have 7":                         classes.Read(-1, good),
		"table: no row 7, have 7":                          classes.Read(7, good),
		"X has shape [1], want [9]":                        classes.Read(0, number),
		"X has shape [], want [1]":                         ds.Read(0, data.Sample{Y: number.Y}),
		"Y is <nil>":                                       ds.Read(0, data.Sample{X: number.X}),
		"Y is *tensor.Array[float32], want shape [] and 3": classes.Read(0, data.Sample{X: good.X, Y: number.Y}),
		"Y is *tensor.Array[int], want shape [] and 0":     ds.Read(0, data.Sample{X: number.X, Y: good.Y}),
		"table: no row 8, have 7":                          func() error { _, err := classes.Label(8); return err }(),
	} {
		wantError(t, want, err, want)
	}
}

func TestReadWritesAll(t *testing.T) {
	ds, _, err := Load("testdata/train.csv", people)
	if err != nil {
		t.Fatal(err)
	}
	dst := data.NewSample(ds.Spec())
	for i := range ds.Len() {
		dst.X.Fill(99)
		clean, err := data.Get(ds, i)
		if err = errors.Join(err, ds.Read(i, dst)); err != nil || !dst.X.Equal(clean.X) {
			t.Errorf("sample %d depends on what was there before: %v, want %v, %v", i, dst.X, clean.X, err)
		}
	}
}

// A column of which every value is another category takes memory in proportion to
// the rows, not to their square.
func TestManyCategories(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("w,y\n")
	const n = 20_000
	for i := range n {
		fmt.Fprintf(&b, "word-%05d,%d\n", i, i%2)
	}
	ds, _, err := Decode(&b, Schema{Categorical: []string{"w"}, Class: "y"})
	if err != nil || ds.Len() != n || !ds.Spec().X.Equal(tensor.Shape{n}) {
		t.Fatalf("%v", err)
	}
	s, err := data.Get(ds, 123)
	if err != nil || s.X.Data()[123] != 1 || tensor.Sum(s.X).Item() != 1 {
		t.Errorf("sample 123 is not 1 at 123 alone, %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("n,w,y\n1,a,p\n,b,q\n2,,p\n", uint8(0))
	f.Add("\ufeffn;w;y\n1;\"a\nb\";p\n", uint8(1))
	f.Add("n,w,y,n\n1,a,p,2\n", uint8(2))
	f.Add("w,n,y\n\"a,1,p\n", uint8(3))
	f.Fuzz(func(t *testing.T, text string, how uint8) {
		s := Schema{Numeric: []string{"n"}, Categorical: []string{"w"}, Class: "y", OnMissing: []Policy{Refuse, Drop, Fill}[how%3]}
		if how&4 != 0 {
			s.Comma = ';'
		}
		if how&8 != 0 {
			s.Class, s.Targets = "", []string{"y"}
		}
		ds, e, err := Decode(strings.NewReader(text), s)
		if err != nil {
			return
		}
		j, err := json.Marshal(e)
		var stored Encoder
		if err = errors.Join(err, json.Unmarshal(j, &stored)); err != nil {
			t.Fatal(err)
		}
		again, err := stored.Decode(strings.NewReader(text))
		if err != nil || again.Len() != ds.Len() {
			t.Fatalf("the stored encoder reads %v, %v", again, err)
		}
		for i := range ds.Len() {
			a, err := data.Get(ds, i)
			b, err2 := data.Get(again, i)
			if err != nil || err2 != nil || !a.X.Equal(b.X) || a.Y.String() != b.Y.String() {
				t.Fatalf("sample %d is %v, then %v, %v, %v", i, a, b, err, err2)
			}
		}
	})
}

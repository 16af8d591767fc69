package series

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

func wantError(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%s: error %v, want one with %q", what, err, w)
		}
	}
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func decode(t *testing.T, text string) *Collection {
	t.Helper()
	c, err := Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var nan = float32(math.NaN())

// same compares values, NaN being equal to itself.
func same(a, b []Series) bool {
	return slices.EqualFunc(a, b, func(a, b Series) bool {
		return slices.EqualFunc(a, b, func(a, b []float32) bool {
			return slices.EqualFunc(a, b, func(a, b float32) bool { return a == b || a != a && b != b })
		})
	})
}

const vowels = `#comment
@problemName Two Vowels
@timeStamps false
@missing true
@univariate false
@dimensions 2
@equalLength false
@classLabel true a b
@data
1,2,3:-1,?,-3e0:b

 4 , 5 : NaN,6 : a
`

func TestDecode(t *testing.T) {
	c := decode(t, vowels)
	if c.Name != "Two Vowels" || c.Channels() != 2 || c.Longest() != 3 || c.Missing() != 2 ||
		!slices.Equal(c.Labels, []int{1, 0}) || !slices.Equal(c.Names, []string{"a", "b"}) ||
		!same(c.Series, []Series{{{1, 2, 3}, {-1, nan, -3}}, {{4, 5}, {nan, 6}}}) {
		t.Errorf("%+v", c)
	}
	if c := decode(t, "@targetLabel TRUE\n@UNIVARIATE true\n@data\n1,2:0.5\n3:-1"); !slices.Equal(c.Targets, []float32{.5, -1}) || c.Names != nil || !same(c.Series, []Series{{{1, 2}}, {{3}}}) {
		t.Errorf("%+v", c)
	}
	if c := decode(t, "@equalLength true\n@seriesLength 2\n@classLabel false\n@data\n1,2:3,4\n"); c.Labels != nil || !same(c.Series, []Series{{{1, 2}, {3, 4}}}) {
		t.Errorf("%+v", c)
	}
	if c := decode(t, "@data\n"); c.Channels() != 0 || c.Longest() != 0 || len(c.Series) != 0 {
		t.Errorf("%+v, want no series", c)
	}
}

func TestDecodeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "there is no @data",
		"@problemName x\n":               "there is no @data",
		"1,2\n":                          `line 1: "1,2" before @data, want a line that starts with @`,
		"@colour red\n":                  "line 1: @colour: unknown",
		"@missing maybe\n":               `line 1: @missing: ["maybe"], want true or false`,
		"@missing\n":                     "line 1: @missing: [], want true or false",
		"@missing true\n@missing true\n": "line 2: @missing comes twice",
		"@timestamps true\n":             "line 1: @timestamps: time stamps: unsupported operation",
		"@dimensions 0\n":                `line 1: @dimensions: ["0"], want a number from 1 to 1048576`,
		"@seriesLength x\n":              "line 1: @seriesLength: ",
		"@classLabel\n":                  "line 1: @classLabel: nothing follows",
		"@classLabel true\n":             "line 1: @classLabel: true and 0 classes",
		"@classLabel false a\n":          "line 1: @classLabel: false and 1 classes",
		"@classLabel true a a\n":         `line 1: @classLabel: class "a" comes twice`,
		"@classLabel true a\n@targetLabel true\n@data\n": "line 3: @data: the file has both classes and targets",
		"@univariate true\n@dimensions 2\n@data\n":       "line 3: @data: the series are univariate and have 2 dimensions",
		"@data\n@data\n":                                 `line 2: "@data" after @data, want values`,
		"@data\n1,2\n(0,1),(1,2)\n":                      "line 3: series 1: time stamps: unsupported operation",
		"@classLabel true a\n@data\n1,2\n":               "line 3: series 0: there is no colon before a class or target",
		"@classLabel true a\n@data\n1,2:b\n":             `line 3: series 0: class is "b", want one of "[a]"`,
		"@targetLabel true\n@data\n1,2:x\n":              `line 3: series 0: target is "x", want a finite number`,
		"@dimensions 2\n@data\n1,2\n":                    "line 3: series 0: 1 channels, want 2",
		"@data\n1:2\n1\n":                                "line 3: series 1: 1 channels, want 2",
		"@data\n1,2:3\n":                                 "line 2: series 0: channel 1: 1 values, want 2 as channel 0 has",
		"@data\n1,,2\n":                                  `line 2: series 0: channel 0: value 1: is "", want a finite number, ? or NaN`,
		"@data\n1,inf\n":                                 `line 2: series 0: channel 0: value 1: is "inf"`,
		"@missing false\n@data\n1,?\n":                   "line 3: series 0: channel 0: value 1: is missing, and the header says that none is",
		"@equalLength true\n@data\n1\n1,2\n":             "line 4: series 1: 2 steps, want 1",
		"@equalLength true\n@seriesLength 3\n@data\n1\n": "line 4: series 0: 1 steps, want 3",
		"@data\n\xff\n":                                  "line 2: byte 0 is 0xff, want UTF-8",
	} {
		_, err := Decode(strings.NewReader(text))
		wantError(t, text, err, "series: "+want)
		path := write(t, "file.ts", text)
		_, err = Load(path)
		wantError(t, text, err, "series: "+path+": "+want)
		if strings.Contains(want, "unsupported") && !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("error %v, want %v", err, errors.ErrUnsupported)
		}
	}
	path := filepath.Join(t.TempDir(), "nowhere")
	for _, err := range []error{
		func() error { _, err := Load(path); return err }(),
		func() error { _, err := LoadCSV(path); return err }(),
		func() error { _, err := LoadScaler(path); return err }(),
	} {
		wantError(t, "nowhere", err, "series: ", path)
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v, want %v", err, fs.ErrNotExist)
		}
	}
}

// The data sets that are shared, with the sizes that their pages say.
func TestReal(t *testing.T) {
	dir := os.Getenv("GANNET_SHARED")
	if dir == "" {
		t.Skip("GANNET_SHARED, the folder with the data sets, is not set")
	}
	for _, c := range []struct {
		file                                string
		series, channels, longest, nClasses int
	}{
		{"JapaneseVowels_TRAIN", 270, 12, 26, 9},
		{"JapaneseVowels_TEST", 370, 12, 29, 9},
		{"BasicMotions_TRAIN", 40, 6, 100, 4},
		{"GunPoint_TEST", 150, 1, 150, 2},
		{"ItalyPowerDemand_TEST", 1029, 1, 24, 2},
	} {
		s, err := Load(filepath.Join(dir, "data", "timeseries", c.file+".ts"))
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Series) != c.series || s.Channels() != c.channels || s.Longest() != c.longest || len(s.Names) != c.nClasses || s.Missing() != 0 {
			t.Errorf("%s: %d series of %d channels, at most %d steps, %d classes, want %v", c.file, len(s.Series), s.Channels(), s.Longest(), len(s.Names), c)
		}
	}
}

func TestInterpolate(t *testing.T) {
	c := &Collection{Series: []Series{{{nan, 1, nan, nan, 4, nan}, {nan, nan, nan, nan, nan, nan}}}}
	got := c.Interpolate()
	if want := []Series{{{1, 1, 2, 3, 4, 4}, {nan, nan, nan, nan, nan, nan}}}; !same(got.Series, want) {
		t.Errorf("%v, want %v", got.Series, want)
	}
	if c.Missing() != 10 {
		t.Error("the series were changed")
	}
}

func TestWindows(t *testing.T) {
	c := &Collection{Series: []Series{{{1, 2, 3, 4, 5}}, {{6}}, {{7, 8}}}, Names: []string{"a", "b"}, Labels: []int{1, 0, 0}}
	w, err := c.Windows(2, 2)
	if err != nil || !same(w.Series, []Series{{{1, 2}}, {{3, 4}}, {{7, 8}}}) || !slices.Equal(w.Labels, []int{1, 1, 0}) {
		t.Errorf("%+v, %v", w, err)
	}
	if w, err := c.Windows(2, math.MaxInt); err != nil || len(w.Series) != 2 {
		t.Errorf("%+v, %v", w, err)
	}
	if w, err := c.Windows(9, 1); err != nil || len(w.Series) != 0 {
		t.Errorf("%+v, %v", w, err)
	}
	for _, s := range [][2]int{{0, 1}, {1, 0}} {
		_, err := c.Windows(s[0], s[1])
		wantError(t, "Windows", err, "series: Windows: size is ")
	}
	targets := &Collection{Series: []Series{{{1, 2}}}, Targets: []float32{3}}
	if w, err := targets.Windows(1, 1); err != nil || !slices.Equal(w.Targets, []float32{3, 3}) {
		t.Errorf("%+v, %v", w, err)
	}
}

// broken lists collections that contradict themselves.
var broken = map[string]*Collection{
	"series 1 has no values":                                   {Series: []Series{{{1}}, {}}},
	"series 0 has no values":                                   {Series: []Series{{{}}}},
	"series 1 has 2 channels, want 1 as series 0 has":          {Series: []Series{{{1}}, {{1}, {2}}}},
	"series 0: channel 1 has 2 steps, want 1 as channel 0 has": {Series: []Series{{{1}, {1, 2}}}},
	"0 labels, want 1, one for each series":                    {Series: []Series{{{1}}}, Names: []string{"a"}},
	"label 0 is 1, want 0 to 0":                                {Series: []Series{{{1}}}, Names: []string{"a"}, Labels: []int{1}},
	"2 targets, want 1, one for each series":                   {Series: []Series{{{1}}}, Targets: []float32{1, 2}},
}

func TestBroken(t *testing.T) {
	scaler := &Scaler{Mean: []float64{0}, Std: []float64{1}}
	for want, c := range broken {
		wantError(t, "Dataset", c.Dataset().Spec().Err, "series: "+want)
		wantError(t, "Forecast", c.Forecast(1, 1, 1).Spec().Err, "series: Forecast: "+want)
		_, err := c.Windows(1, 1)
		wantError(t, "Windows", err, "series: Windows: "+want)
		_, err = FitScaler(c)
		wantError(t, "FitScaler", err, "series: FitScaler: "+want)
		_, err = scaler.Apply(c)
		wantError(t, "Apply", err, "series: Scaler: "+want)
	}
}

func TestScaler(t *testing.T) {
	c := &Collection{Series: []Series{{{1, 2, nan}, {5, 5, 5}}, {{6}, {5}}}}
	s, err := FitScaler(c)
	if err != nil || s.Mean[0] != 3 || math.Abs(s.Std[0]-math.Sqrt(14./3)) > 1e-15 || s.Mean[1] != 5 || s.Std[1] != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	d := float32(math.Sqrt(14. / 3))
	got, err := s.Apply(c)
	if err != nil || got.Series[0][0][0] != -2/d || got.Series[1][0][0] != 3/d || got.Missing() != 1 || got.Series[0][1][0] != 0 || c.Series[0][0][0] != 1 {
		t.Errorf("%v, %v", got, err)
	}
	same := &Collection{Series: []Series{{slices.Repeat([]float32{0.1}, 1001)}}}
	if s, err := FitScaler(same); err != nil || s.Std[0] != 1 {
		t.Errorf("deviation of a constant is %v, %v, want 1", s.Std, err)
	}
	path := filepath.Join(t.TempDir(), "scaler.json")
	if err := s.Save(path); err != nil {
		t.Fatal(err)
	}
	if again, err := LoadScaler(path); err != nil || !reflect.DeepEqual(again, s) {
		t.Errorf("%v, %v, want %v", again, err, s)
	}
	wantError(t, "Save", s.Save(filepath.Join(path, "x")), "series: "+path)
	for text, want := range map[string]string{
		`{"mean": [0], "std": [0]}`:    "channel 0 has mean 0 and deviation 0, want finite numbers",
		`{"mean": [0], "std": [1, 2]}`: "1 means and 2 deviations",
		`{}`:                           "0 means",
		`{"means": [0]}`:               `json: unknown field "means"`,
		`[`:                            "unexpected EOF",
	} {
		path := write(t, "scaler.json", text)
		_, err := LoadScaler(path)
		wantError(t, text, err, "series: "+path+": "+want)
	}
	_, err = s.Apply(&Collection{Series: []Series{{{1}}}})
	wantError(t, "Apply", err, "series: Scaler: 1 channels, want 2")
	_, err = FitScaler(&Collection{})
	wantError(t, "FitScaler", err, "there are no series")
	_, err = FitScaler(&Collection{Series: []Series{{{nan}}}})
	wantError(t, "FitScaler", err, "channel 0 has no values")
}

func TestDataset(t *testing.T) {
	c := decode(t, vowels)
	for _, k := range []struct {
		opts   []Option
		shape  tensor.Shape
		want   []float32 // of series 1
		length float32
	}{
		{[]Option{MissingAs(9)}, tensor.Shape{3, 2}, []float32{4, 9, 5, 6, 0, 0}, 0},
		{[]Option{MissingAs(9), ChannelsFirst}, tensor.Shape{2, 3}, []float32{4, 5, 0, 9, 6, 0}, 0},
		{[]Option{MissingAs(9), Lengths}, tensor.Shape{3, 2}, []float32{4, 9, 5, 6, 0, 0}, 2},
		{[]Option{MissingAs(9), Lengths, Steps(1)}, tensor.Shape{1, 2}, []float32{4, 9}, 1},
		{[]Option{MissingAs(9), Steps(4)}, tensor.Shape{4, 2}, []float32{4, 9, 5, 6, 0, 0, 0, 0}, 0},
	} {
		ds := c.Dataset(k.opts...)
		dst := data.NewSample(ds.Spec())
		dst.X.Fill(77)
		label, err := data.Label(ds, 1)
		if err = errors.Join(err, ds.Spec().Err, ds.Read(1, dst)); err != nil || !dst.X.Equal(tensor.New(k.want, k.shape...)) || label != 0 {
			t.Errorf("%v, label %d, %v, want %v", dst.X, label, err, k.want)
		}
		if k.length > 0 && dst.More[0].Item() != k.length {
			t.Errorf("length %v, want %v", dst.More[0], k.length)
		}
	}
	numbers := (&Collection{Series: []Series{{{1}}}, Targets: []float32{3}}).Dataset()
	if s, err := data.Get(numbers, 0); err != nil || s.Y.(*tensor.Tensor).Item() != 3 {
		t.Errorf("%v, %v", s, err)
	}
	_, err := data.Label(numbers, 0)
	wantError(t, "Label", err, "the target is not one class")
	itself := (&Collection{Series: []Series{{{1, 2}}}}).Dataset()
	if s, err := data.Get(itself, 0); err != nil || !s.Y.(*tensor.Tensor).Equal(s.X) {
		t.Errorf("%v, %v", s, err)
	}
}

func TestDatasetErrors(t *testing.T) {
	c := decode(t, vowels)
	for want, ds := range map[string]data.Dataset{
		"series: series 0, channel 1, step 1 is missing; Interpolate or MissingAs fills it": c.Dataset(),
		"series: Lengths and ChannelsFirst are given":                                       c.Dataset(Lengths, ChannelsFirst),
		"series: there are no series":                                                       (&Collection{}).Dataset(),
		"series: number of steps is -1, want 1 to 16777215":                                 c.Dataset(MissingAs(0), Steps(-1)),
		"series: Forecast: 2 values are missing":                                            c.Forecast(1, 1, 1),
		"series: Forecast: input is 0, ahead 1, stride 1, want at least 1":                  c.Forecast(0, 1, 1),
		"series: Forecast: target 1 is channel 2, want 0 to 1":                              c.Forecast(1, 1, 1, 0, 2),
		"series: Forecast: no series has 3 and 1 steps, the longest has 3":                  c.Interpolate().Forecast(3, 1, 1),
	} {
		wantError(t, want, ds.Spec().Err, want)
		wantError(t, want, ds.Read(0, data.Sample{}), want)
	}
	ds := c.Dataset(MissingAs(0)).(*samples)
	good := data.NewSample(ds.Spec())
	wantError(t, "Read", ds.Read(2, good), "series: no sample 2, have 2")
	wantError(t, "Read", ds.Read(0, data.Sample{}), "series: dst.X has shape [], want [3 2]")
	_, err := ds.Label(2)
	wantError(t, "Label", err, "series: no series 2, have 2")
}

func TestForecast(t *testing.T) {
	c := &Collection{Series: []Series{{{1, 2, 3, 4, 5}, {10, 20, 30, 40, 50}}, {{6}, {60}}, {{7, 8, 9}, {70, 80, 90}}}}
	for _, k := range []struct {
		ds   data.Dataset
		i, n int
		x, y []float32
	}{
		{c.Forecast(2, 1, 1), 0, 4, []float32{1, 10, 2, 20}, []float32{3, 30}},
		{c.Forecast(2, 1, 1), 3, 4, []float32{7, 70, 8, 80}, []float32{9, 90}},
		{c.Forecast(2, 1, 2, 1), 1, 3, []float32{3, 30, 4, 40}, []float32{50}},
		{c.Forecast(1, 2, 1, 0), 2, 4, []float32{3, 30}, []float32{4, 5}},
	} {
		s, err := data.Get(k.ds, k.i)
		if err != nil || k.ds.Len() != k.n || !slices.Equal(s.X.Data(), k.x) || !slices.Equal(s.Y.(*tensor.Tensor).Data(), k.y) {
			t.Errorf("sample %d of %d is %v, %v, %v, want %v", k.i, k.ds.Len(), s.X, s.Y, err, k)
		}
	}
}

func TestCSV(t *testing.T) {
	const table = "\ufefft, a ,b\n0,1, 2\n1,,-3e0\n"
	c, err := DecodeCSV(strings.NewReader(table))
	if err != nil || !same(c.Series, []Series{{{0, 1}, {1, nan}, {2, -3}}}) || !slices.Equal(c.Columns, []string{"t", "a", "b"}) {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = DecodeCSV(strings.NewReader(strings.ReplaceAll(table, ",", ";")), Comma(';'), Columns("b", "a"))
	if err != nil || !same(c.Series, []Series{{{2, -3}, {1, nan}}}) || !slices.Equal(c.Columns, []string{"b", "a"}) {
		t.Errorf("%+v, %v", c, err)
	}
	for _, k := range []struct {
		text, want string
		opts       []CSVOption
	}{
		{"", "header: the file is empty", nil},
		{"a,a\n", `header: column "a" comes twice`, nil},
		{"a,b\n", "the file has no rows", nil},
		{"a,b\n1\n", "line 2: 1 values, want 2", nil},
		{"a,b\n1,2\n3,x\n", `line 3, column 3: "b" is "x", want a finite number`, nil},
		{"a,b\n1,2\n3,inf\n", `line 3, column 3: "b" is "inf"`, nil},
		{"a,b\n1,\"2\n", "line 2, column 6: ", nil},
		{"a,\xff\n1,2\n", `header: column 2 is "\xff", want UTF-8`, nil},
		{"a\n1\n", `header: no column "c", have "[a]"`, []CSVOption{Columns("c")}},
		{"a\n1\n", "no columns are to be read", []CSVOption{Columns([]string{}...)}},
		{"a\n?\n", `line 2, column 1: "a" is "?", want a finite number`, []CSVOption{MissingTexts("-")}},
		{"a\nnan\n", `line 2, column 1: "a" is "nan", want a finite number`, []CSVOption{MissingTexts("-")}},
		{"a\n\"\"\n", `line 2, column 1: "a" is "", want a finite number`, []CSVOption{MissingTexts("-")}},
		{"a\n1\n", "csv: invalid field or comment delimiter", []CSVOption{Comma('\n')}},
	} {
		_, err := DecodeCSV(strings.NewReader(k.text), k.opts...)
		wantError(t, k.text, err, "series: "+k.want)
		path := write(t, "file.csv", k.text)
		_, err = LoadCSV(path, k.opts...)
		wantError(t, k.text, err, "series: "+path+": "+k.want)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(vowels)
	f.Add("@targetLabel true\n@equalLength true\n@data\n1,2:3\n4,5:6\n")
	f.Add("@data\n1:?:NaN\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Decode(strings.NewReader(text))
		if err != nil {
			return
		}
		if err := c.check(); err != nil {
			t.Fatal(err)
		}
		ds := c.Dataset(MissingAs(0), Lengths)
		for i := range ds.Len() {
			s, err := data.Get(ds, i)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range s.X.Data() {
				if v-v != 0 {
					t.Fatalf("value %v", v)
				}
			}
		}
	})
}

func FuzzDecodeCSV(f *testing.F) {
	f.Add("a,b\n1,2\n?,\"3\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := DecodeCSV(strings.NewReader(text))
		if err != nil {
			return
		}
		if err := c.check(); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzLoadScaler: a scaler that loads makes finite numbers of finite ones, or says why
// not.
func FuzzLoadScaler(f *testing.F) {
	f.Add(`{"mean": [1], "std": [2]}`)
	f.Add(`{"mean": [1, 1e300], "std": [1e-300, 0]}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := LoadScaler(write(t, "scaler.json", text))
		if err == nil && (len(s.Mean) == 0 || len(s.Mean) != len(s.Std)) {
			t.Fatalf("%q: %d means and %d deviations", text, len(s.Mean), len(s.Std))
		}
	})
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/examples/regression/rentals"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"gonum.org/v1/gonum/mat"
)

// report runs the command and returns what it reports.
func report(t *testing.T, dir string, args ...string) []result {
	t.Helper()
	path := filepath.Join(dir, "report.json")
	if err := run(context.Background(), append(args, "-out", dir, "-json", path)); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var results []result
	if err := json.Unmarshal(raw, &results); err != nil {
		t.Fatal(err)
	}
	return results
}

// TestRun goes the whole way on few epochs: train, report, resume, predict.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	results := report(t, dir, "-epochs", "3", "-lr", "0.01")
	var models []string
	r2 := map[string]float64{}
	for _, r := range results {
		models = append(models, r.Model)
		r2[r.Model] = r.Value
		if r.Dataset != "rentals" || r.Seed != 1 || r.Metric != "r2" || !(r.RMSE > 0 && r.MAE > 0) {
			t.Errorf("the report says %+v", r)
		}
	}
	if want := []string{"mlp", "mean", "linear", "formula"}; !slices.Equal(models, want) {
		t.Fatalf("the report has %q, want %q", models, want)
	}
	if r2["mean"] > 0.01 || r2["linear"] < 0.1 || r2["mlp"] < r2["linear"]+0.1 || r2["formula"] < r2["mlp"] {
		t.Errorf("R² %v, want the linear model better than the mean, the network better than that, the formula best", r2)
	}
	if m := results[0]; m.Epochs != 3 || m.Parameters != 64*(15+1)+64*65+65 {
		t.Errorf("the network has %d parameters after %d epochs", m.Parameters, m.Epochs)
	}
	if m := report(t, dir, "-epochs", "4", "-lr", "0.01", "-resume")[0]; m.Epochs != 4 {
		t.Errorf("after -resume the report says %d epochs, want 4", m.Epochs)
	}
	model := filepath.Join(dir, "mlp.safetensors")
	at := func(row string) (y float64) {
		var b bytes.Buffer
		if err := predict(context.Background(), &b, row, model, false); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(b.String(), " rentals %f", &y); err != nil {
			t.Fatalf("predict printed %q: %v", b.String(), err)
		}
		return y
	}
	busy, night := at("day=workday, hour=17, weather=clear,temperature=24"), at("hour=3,day=workday,weather=rain")
	if !(busy > night+100) {
		t.Errorf("%v rentals in the rush hour and %v at night", busy, night)
	}
}

// write writes a file and returns its path.
func write(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOwnTable learns from a file with quotes, a byte order mark, missing values and
// a column that is always the same.
func TestOwnTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("\uFEFFsize,\"kind, of\", price ,one\n")
	for i := range 200 {
		kind := []string{`"a ""b"""`, "c", "NA"}[i%3]
		fmt.Fprintf(&b, "%d,%s,%d,1\n", i%17, kind, 3*(i%17)+10*(i%3)+i%2)
	}
	dir := t.TempDir()
	results := report(t, dir, "-epochs", "1", "-data", write(t, b.String()), "-target", "price")
	if len(results) != 3 || results[2].Value < 0.7 {
		t.Errorf("the report says %+v, want three models, the linear one with an R² of 0.7 at least", results)
	}
	if err := predict(context.Background(), &bytes.Buffer{}, `size=3,"kind, of=a ""b"""`, filepath.Join(dir, "mlp.safetensors"), false); err != nil {
		t.Error(err)
	}
}

// TestOddTables goes the whole way on a table whose last category of many comes up
// in the test part alone, and with names and texts that need quoting.
func TestOddTables(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("a=b,kind,y\n")
	for i := range 300 {
		kind := "it's common"
		if i%4 == 0 {
			kind = fmt.Sprintf("k%d", i)
		}
		fmt.Fprintf(&b, "%d,%s,%d\n", i%7, kind, i%7*2)
	}
	file := filepath.Join(dir, "odd.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for seed := range 3 {
		args := []string{"-data", file, "-target", "y", "-epochs", "1", "-out", dir, "-seed", fmt.Sprint(seed)}
		if err := run(context.Background(), args); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	if got, want := quoted("it's"), `'it'\''s'`; got != want {
		t.Errorf("quoted gives %s, want %s", got, want)
	}
}

// TestRefusals names what is wrong with the arguments and files.
func TestRefusals(t *testing.T) {
	var ids strings.Builder
	for i := range 300 {
		fmt.Fprintf(&ids, "id%d,%d\n", i, i)
	}
	numbers := strings.Repeat("1,2\n", 100)
	for _, c := range []struct{ table, target, want string }{
		{"", "y", "header: EOF"},
		{"x,y\n1,2\n", "z", `no column "z", have ["x" "y"]`},
		{"x,y\n1,2\n1,\n", "y", `line 3: y is "", want a number`},
		{"x,y\n1,2\n1,NaN\n", "y", `line 3: y is "NaN", want a number`},
		{"x,y\n1,2\n1,1e99\n", "y", `line 3: y is "1e99", want a number`},
		{"x,y\n1,2\n1\n", "y", "record on line 3: wrong number of fields"},
		{"x,y\n1,2\n", "y", "too few rows"},
		{"x,y\nNA,2\n,3\n", "y", `column "x" has no values`},
		{"x,y\n" + ids.String(), "y", `column "x" has 300 different texts, want at most 100`},
		{"x,y\n" + numbers, "y", "too few rows"}, // equal rows stay together
		{"x,y\n" + strings.ReplaceAll(ids.String(), "id", "")[:1500], "x", ""},
	} {
		err := run(context.Background(), []string{"-epochs", "1", "-out", t.TempDir(), "-data", write(t, c.table), "-target", c.target})
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("table %.30q: error %v, want %q in it", c.table, err, c.want)
		}
	}
	text := write(t, "no model")
	for _, c := range []struct{ args, want string }{
		{"-data " + text, "-data FILE and -target COLUMN go together"},
		{"-target y", "-data FILE and -target COLUMN go together"},
		{"-data none.csv -target y", "none.csv"},
		{"-predict x=1", "go together"},
		{"-predict x=1 -load " + text, text},
		{"-epochs 0", "-epochs 0, want at least 1"},
	} {
		err := run(context.Background(), append(strings.Fields(c.args), "-out", t.TempDir()))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("regression %s: error %v, want %q in it", c.args, err, c.want)
		}
	}
}

// TestPredictRefusals names what is wrong with a row or a model of another kind.
func TestPredictRefusals(t *testing.T) {
	var rows strings.Builder
	for i := range 100 {
		fmt.Fprintf(&rows, "%d,%c,%d\n", i, 'a'+i%2, i)
	}
	dir := t.TempDir()
	report(t, dir, "-epochs", "1", "-data", write(t, "x,kind,y\n"+rows.String()), "-target", "y")
	model := filepath.Join(dir, "mlp.safetensors")
	for row, want := range map[string]string{
		"x":      `"x", want column=value`,
		"z=1":    `no column "z", want some of ["x" "kind"]`,
		"y=1":    `no column "y"`,
		"x=much": `x is "much", want a number`,
		"kind=c": `kind is "c", want one of ["a" "b"]`,
		`"x=1`:   "extraneous or missing",
	} {
		if err := predict(context.Background(), &bytes.Buffer{}, row, model, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("predict %q: error %v, want %q in it", row, err, want)
		}
	}
	_, info, err := nn.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	encoder := info.Notes[encoderNote]
	for _, c := range []struct {
		in, out    int
		note, want string
	}{
		{3, 1, "", "has no encoder of a table"},
		{3, 1, `{"schema":{"missing":null,"class":"y"}}`, "want one number"},
		{3, 1, strings.Replace(encoder, `"means":[`, `"means":[0,`, 1), "2 means, want 1"},
		{3, 2, encoder, "has an output of shape [2]"},
		{4, 1, encoder, "input has 3 features, want 4"},
	} {
		net, err := nn.Init(1, nn.Seq(nn.NewLinear(c.in, c.out)))
		if err != nil {
			t.Fatal(err)
		}
		foreign := filepath.Join(dir, "foreign")
		if err := nn.Save(foreign, net, nn.Info{Notes: map[string]string{encoderNote: c.note}}); err != nil {
			t.Fatal(err)
		}
		if err := predict(context.Background(), &bytes.Buffer{}, "x=1", foreign, false); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
	}
}

// TestCancelled stops at once and leaves a checkpoint.
func TestCancelled(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := run(ctx, []string{"-out", dir}); err == nil {
		t.Fatal("a cancelled run returned no error")
	}
	if _, err := os.Stat(filepath.Join(dir, "mlp.checkpoint")); err != nil {
		t.Error(err)
	}
}

// TestSplit keeps rows in their parts when the table grows.
func TestSplit(t *testing.T) {
	s := &sheet{header: rentals.Header}
	s.rows, _ = rentals.Make(2000, 1)
	all, err := s.split(1)
	if err != nil {
		t.Fatal(err)
	}
	for part, share := range []float64{0.7, 0.15, 0.15} {
		if got := float64(len(all[part])) / 2000; math.Abs(got-share) > 0.04 {
			t.Errorf("part %s has %.3f of the rows, want about %v", partNames[part], got, share)
		}
	}
	s.rows = s.rows[:500]
	few, err := s.split(1)
	if err != nil {
		t.Fatal(err)
	}
	for part := range few {
		if !slices.Equal(few[part], all[part][:len(few[part])]) {
			t.Errorf("part %s has other rows in a shorter table", partNames[part])
		}
	}
}

// TestLeastSquares finds a line, also where two columns are the same.
func TestLeastSquares(t *testing.T) {
	x := mat.NewDense(4, 3, []float64{0, 0, 1, 1, 1, 1, 2, 2, 1, 3, 3, 1})
	got, err := leastSquares(x, []float64{1, 3, 5, 7}, mat.NewDense(1, 3, []float64{10, 10, 1}))
	if err != nil || math.Abs(got[0]-21) > 1e-9 {
		t.Errorf("leastSquares = %v (%v), want 21", got, err)
	}
}

// TestUnits saves and loads the last layer.
func TestUnits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "units")
	if err := nn.Save(path, nn.Seq(&Units{Mean: 3, Std: 2}), nn.Info{}); err != nil {
		t.Fatal(err)
	}
	net, _, err := nn.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := nn.NewPredictor(net, tensor.Shape{1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	y, err := p.Predict(context.Background(), tensor.New([]float32{-1, 2}, 2, 1))
	if want := tensor.New([]float32{1, 7}, 2, 1); err != nil || !y.Equal(want) {
		t.Errorf("Units = %v (%v), want %v", y, err, want)
	}
}

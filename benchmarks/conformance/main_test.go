package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stream is what go test -json writes of a package with a golden test of two
// levels, a suite of rules and a test that is neither.
const stream = `
{"Action":"start","Package":"github.com/gannet-ml/gannet/optim"}
{"Action":"pass","Package":"github.com/gannet-ml/gannet/optim","Test":"TestGolden/level=generic/Golden/Quick"}
{"Action":"pass","Package":"github.com/gannet-ml/gannet/optim","Test":"TestGolden/level=generic/Golden/Quick/decay"}
{"Action":"pass","Package":"github.com/gannet-ml/gannet/optim","Test":"TestGolden/level=generic"}
{"Action":"output","Package":"github.com/gannet-ml/gannet/optim","Test":"TestGolden/level=avx2/Golden/Quick","Output":"off by 1\n"}
{"Action":"fail","Package":"github.com/gannet-ml/gannet/optim","Test":"TestGolden/level=avx2/Golden/Quick"}
{"Action":"pass","Package":"github.com/gannet-ml/gannet/optim","Test":"TestGolden/level=avx2/Golden/Quick/decay"}
{"Action":"skip","Package":"github.com/gannet-ml/gannet/optim","Test":"TestGolden/Golden/Fading"}
{"Action":"pass","Package":"github.com/gannet-ml/gannet/optim","Test":"TestQuick/Rules/level=avx2/gradient"}
{"Action":"pass","Package":"github.com/gannet-ml/gannet/optim","Test":"TestQuick/Rules/level=avx2/workers"}
{"Action":"pass","Package":"github.com/gannet-ml/gannet/optim","Test":"TestQuick/Rules/level=avx2"}
{"Action":"pass","Package":"github.com/gannet-ml/gannet/optim","Test":"TestElse"}
{"Action":"fail","Package":"github.com/gannet-ml/gannet/optim"}
`

// quick is a package that exports two optimizers and two schedules.
const quick = `package optim

type Quick struct{ base }
type base struct{}

func (*base) Step() error { return nil }

type Schedule func(step int) float64

func NewQuick(lr float64) *Quick { return nil }
func NewQuickW(lr float64) *Quick { return nil }
func Fading(total int) Schedule { return nil }

// Option is taken by nothing.
type Option func()

var Flat Schedule = Fading(0)
`

const quickExample = `package optim_test

import "github.com/gannet-ml/gannet/optim"

func ExampleNewQuick() {
	optim.NewQuick(1).Step()
	// Output:
}

func ExampleFading() { optim.Fading(3) } // no output

func ExampleSchedule() {
	// Output:
}
`

func parsed(t *testing.T) *source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"quick.go": quick, "quick_test.go": quickExample} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := parseFolder(dir, "optim")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func counted(t *testing.T) *count {
	t.Helper()
	c := &count{passed: map[check]bool{}}
	if err := c.read(strings.NewReader(stream), "all"); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCount(t *testing.T) {
	c := counted(t)
	var lines strings.Builder
	if got, want := table(&lines, c, []*source{parsed(t)}, []string{"all"}), (ratio{3, 5}); got != want {
		t.Errorf("%v passed, want %v", got, want)
	}
	want := `on all      exported  golden cases  rules
optimizers  2         1 of 2        2 of 2
schedules   2         0 of 1        
`
	if got := lines.String(); got != want {
		t.Errorf("table\n%swant\n%s", got, want)
	}
	if n := len(c.failures); n != 3 || !strings.Contains(c.failures[0], "off by 1") {
		t.Errorf("%d failures %q, want 3, the first with its output", n, c.failures)
	}
	if err := c.read(strings.NewReader("no test"), ""); err == nil {
		t.Error("a stream that is not JSON: no error")
	}
}

func TestWithoutCase(t *testing.T) {
	p := parsed(t)
	if got, want := withoutCase([]*source{p}, counted(t).names()), []string{"optim.Flat", "optim.QuickW"}; !slices.Equal(got, want) {
		t.Errorf("without a case: %q, want %q", got, want)
	}
	all := map[string]bool{"Flat": true, "Fading": true, "Quick": true, "QuickW": true}
	if got := withoutCase([]*source{p}, map[string]map[string]bool{"optim": all}); got != nil {
		t.Errorf("without a case: %q, want none", got)
	}
}

// TestMakers: a layer may be tested under the names of all that make it.
func TestMakers(t *testing.T) {
	p := &source{
		path: "conv", types: parsed(t).types, methods: map[string]map[string]*function{"Quick": {"Forward": new(function)}},
		functions: map[string]*function{"MaxQuick": {results: []string{"*Quick"}}, "MeanQuick": {results: []string{"*Quick"}}},
	}
	for want, names := range map[string][]string{"conv.Quick": {"MaxQuick"}, "": {"MaxQuick", "MeanQuick"}} {
		have := map[string]bool{}
		for _, n := range names {
			have[n] = true
		}
		if got := strings.Join(withoutCase([]*source{p}, map[string]map[string]bool{"conv": have}), " "); got != want {
			t.Errorf("with cases of %q: %q is without, want %q", names, got, want)
		}
	}
}

func TestWithoutExample(t *testing.T) {
	p := parsed(t)
	used := uses{}
	used.add(p, p)
	if got, want := slices.Sorted(maps.Keys(used)), []string{".Step", "NewQuick", "Schedule"}; !slices.Equal(got, want) {
		t.Errorf("used are %q, want %q", got, want)
	}
	want := []string{"optim: Fading", "optim: NewQuickW", "optim: Option"}
	if got, all := p.unused(used); !slices.Equal(got, want) || all != 6 {
		t.Errorf("in no Example: %q of %d, want %q of 6", got, all, want)
	}
}

// TestChecks: a test is found by what it or its helpers call.
func TestChecks(t *testing.T) {
	dir := t.TempDir()
	text := `package a

func TestDirect(t *testing.T) { nntest.Golden(t, "x", 1, nil) }
func TestName(t *testing.T)   { t.Run("Golden/X", nil) }
func TestHelped(t *testing.T) { run(t) }
func TestOther(t *testing.T)  { t.Run("X", nil); nntest.Values(1, 2) }
func run(t *testing.T)        { nntest.Run(t, nntest.Case{}) }
`
	if err := os.WriteFile(filepath.Join(dir, "a_test.go"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := parseFolder(dir, "a")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.checks(), []string{"TestDirect", "TestHelped", "TestName"}; !slices.Equal(got, want) {
		t.Errorf("checks are %q, want %q", got, want)
	}
}

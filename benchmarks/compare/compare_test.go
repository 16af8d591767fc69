package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/benchmarks/workloads"
)

// TestMain turns the test into the program of a peer where it is started as one:
// every word of the role is an answer, "end" ends the program.
func TestMain(m *testing.M) {
	role, ok := os.LookupEnv("COMPARE_TEST_ROLE")
	if !ok {
		os.Exit(m.Run())
	}
	answers := strings.Fields(role)
	for in := bufio.NewScanner(os.Stdin); in.Scan() && len(answers) > 0; answers = answers[1:] {
		if answers[0] == "end" {
			fmt.Fprintln(os.Stderr, "a trace\nno such library")
			os.Exit(3)
		}
		fmt.Println(strings.ReplaceAll(answers[0], "_", " "))
	}
}

// player returns a side that gives these answers.
func player(t *testing.T, name, answers string) *side {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := newSide(name, func() *exec.Cmd {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "COMPARE_TEST_ROLE="+answers)
		return cmd
	})
	t.Cleanup(s.close)
	return s
}

// absent returns a side whose program is not there.
func absent(t *testing.T) *side {
	path := filepath.Join(t.TempDir(), "absent")
	return newSide("absent", func() *exec.Cmd { return exec.Command(path) })
}

func TestAsk(t *testing.T) {
	s := player(t, "peer", "0.25 - error:_too_large 0 much end")
	for _, want := range []string{"0.25", "cannot do that", "too large", `the answer is "0", want a number of seconds`,
		`the answer is "much", want a number of seconds`, "exit status 3: no such library", "0.25"} { // the last of another program
		v, err := s.ask("gemm NN sq64 1")
		got := fmt.Sprint(v)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("the answer is %s, want %s", got, want)
		}
	}
	if s.close(); s.spent <= 0 {
		t.Errorf("the programs took %v of the processor's time", s.spent)
	}
	for range 2 {
		if v, err := s.ask("a"); v != 0.25 || err != nil {
			t.Errorf("a program that is started again answers %v, %v, want 0.25", v, err)
		}
		s.close()
	}
	missing, mute := absent(t), player(t, "peer", "end")
	for range 2 {
		if err := second(missing.ask("a")); !errors.Is(err, os.ErrNotExist) || missing.err != err {
			t.Errorf("error %v of a program that is not there", err)
		}
		if err := second(mute.ask("a")); err == nil || mute.err != err {
			t.Errorf("error %v of a program that never answers", err)
		}
	}
}

func second(_ float64, err error) error { return err }

// aCase takes 8 units of work and as much of what bounds it.
var aCase = workloads.Case{Suite: "gemm", Name: "sq64", Op: "NN", Batch: 1, Unit: "GFLOP/s", Amount: 8, Bound: workloads.Bound{Kind: "fma"}, Work: 8}

func TestMeasure(t *testing.T) {
	var progress strings.Builder
	g := group{workers: 2, rounds: 3, progress: &progress, absent: absences{&progress, map[string]bool{}}}
	g.sides = []*side{
		player(t, "ours", "1 2 3 4"), player(t, "steady", "2 2 2 2"), player(t, "other", "- 5 6"),
		player(t, "failing", "1 error:_odd"), player(t, "crashing", "1 end"), player(t, "ending", "end"), absent(t),
		player(t, "hopeless", "9 3.5 1"), player(t, "hopeful", "9 3 2"),
	}
	got, err := g.measure(&aCase)
	if want := map[string][]float64{"ours": {1, 2, 3}, "steady": {2, 2, 2}, "hopeless": {9, 3.5}, "hopeful": {9, 3, 2}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	for _, want := range []string{"absent is left out: ", "ending is left out: exit status 3: no such library", "failing is left out of gemm/sq64/NN/1: odd",
		"crashing is left out of gemm/sq64/NN/1: exit status 3: no such library"} {
		if strings.Count(progress.String(), want) != 1 {
			t.Errorf("the progress is %q, want %q once", progress.String(), want)
		}
	}
	if len(g.sides) != 7 || !g.absent.names["absent"] || !g.absent.names["ending"] || len(g.absent.names) != 2 {
		t.Errorf("%d sides and %v left out, want 7 and 2", len(g.sides), g.absent.names)
	}

	g.sides = []*side{player(t, "ours", "error:_broken")}
	if _, err := g.measure(&aCase); err == nil || err.Error() != "broken" {
		t.Errorf("our own error is %v, want broken", err)
	}
}

func TestResult(t *testing.T) {
	r := newResult(&aCase, 2, map[string][]float64{"ours": {2, 4, 1}, "a": {8, 8, 8}, "b_x": {4, 3, 5}}, 16)
	want := map[string]any{
		"suite": "gemm", "case": "sq64", "op": "NN", "batch": 1., "workers": 2., "unit": "GFLOP/s", "ours": 4.,
		"peers": map[string]any{"a": 1., "b_x": 2.}, "best_peer": "b_x", "ratio": 2., "peak_percent": 25.,
	}
	path := filepath.Join(t.TempDir(), "ratios.json")
	alone := newResult(&aCase, 1, map[string][]float64{"ours": {2}}, 0)
	if err := write(path, []*result{r, alone}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal(text, &got); err != nil || len(got) != 2 {
		t.Fatalf("%s: %v", text, err)
	}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("%v, want %v", got[0], want)
	}
	if got[1]["ratio"] != nil || got[1]["peak_percent"] != nil || got[1]["best_peer"] != "" {
		t.Errorf("%v, want no ratio, percentage and best peer", got[1])
	}
	if s := r.between("ours"); s != "2.00–8.00" {
		t.Errorf("the spread is %s, want 2.00–8.00", s)
	}
	if err := write("", nil); err != nil {
		t.Error(err)
	}
}

func TestGeometricMean(t *testing.T) {
	for _, c := range []struct {
		v    []float64
		want float64
	}{{[]float64{2}, 2}, {[]float64{1, 4}, 2}, {[]float64{0.5, 2, 1}, 1}, {[]float64{1, 10, 100}, 10}} {
		if got := geometricMean(c.v); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("geometricMean(%v) = %v, want %v", c.v, got, c.want)
		}
	}
}

func TestTables(t *testing.T) {
	second := aCase
	second.Name = "sq128"
	results := []*result{
		newResult(&aCase, 1, map[string][]float64{"ours": {1}, "torch": {1}, "torch_jit": {2}, "onednn": {0.5}}, 10),
		newResult(&second, 1, map[string][]float64{"ours": {1}, "torch": {4}, "torch_jit": {2}}, 10),
		newResult(&second, 2, map[string][]float64{"ours": {1}}, 0),
	}
	var b strings.Builder
	table(&b, results)
	means(&b, results)
	lines := map[string]bool{}
	for line := range strings.Lines(b.String()) {
		lines[strings.Join(strings.Fields(line), " ")] = true
	}
	for _, want := range []string{
		"gemm sq64 NN 1 1 GFLOP/s 8.00 8.00–8.00 80 onednn 16.0 16.0–16.0 0.50",
		"gemm sq128 NN 1 1 GFLOP/s 8.00 8.00–8.00 80 torch_jit 4.00 4.00–4.00 2.00",
		"gemm sq128 NN 1 2 GFLOP/s 8.00 8.00–8.00 – none",
		"gemm all all 2 1.00 0.50 sq64/NN/1 onednn 0.50, torch 1.41",
		"gemm all 1 2 1.00 0.50 sq64/NN/1 onednn 0.50, torch 1.41",
		"gemm NN 1 2 1.00 0.50 sq64/NN/1 onednn 0.50, torch 1.41",
		"gemm NN 2 0 –",
	} {
		if !lines[want] {
			t.Errorf("no line %q in\n%s", want, b.String())
		}
	}
}

func TestParseLimits(t *testing.T) {
	got, err := parseLimits("fma 0 117.2\nread 2048 210\n")
	if want := map[workloads.Bound]float64{{Kind: "fma"}: 117.2, {Kind: "read", Elements: 2048}: 210}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	for _, text := range []string{"fma 0", "fma x 1", "fma 0 0", "\n"} {
		if _, err := parseLimits(text); err == nil {
			t.Errorf("parseLimits(%q): no error", text)
		}
	}
}

func TestParseBusy(t *testing.T) {
	got, err := parseBusy("cpu  100 20 30 99999 7777 4 5 6 0 0")
	if want := 1650 * time.Millisecond; err != nil || got != want {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if _, err := parseBusy("cpu0 1 2 3"); err == nil {
		t.Error("no error")
	}
	if got := parsePeak("Name:\tgo\nVmPeak:\t  200 kB\nVmHWM:\t   12345 kB\nVmRSS:\t 9 kB\n"); got != 12345<<10 {
		t.Errorf("peak of %d bytes, want 12345 KiB", got)
	}
	if got := parsePeak("Name:\tgo\n") + peakMemory(-1); got != 0 {
		t.Errorf("peak of %d bytes where there is none, want 0", got)
	}
	if _, err := (&watch{err: os.ErrNotExist}).others(0); err == nil {
		t.Error("a watch that saw nothing has no error")
	}
}

func TestParse(t *testing.T) {
	o, err := parse([]string{"-suite", "conv,rnn", "-workers", "1,4", "-case", "3x3_64/fwd", "-rounds", "3", "-json", "f"})
	if err != nil {
		t.Fatal(err)
	}
	cases, err := o.cases("conv")
	if len(o.suites) != 2 || len(o.workers) != 2 || o.workers[1] != 4 || o.rounds != 3 || o.json != "f" || err != nil || len(cases) != 2 {
		t.Errorf("%+v with %d cases, %v", o, len(cases), err)
	}
	t.Setenv(workloads.ClockVariable, "")
	for args, want := range map[string]string{"-processor=false": "time that passes", "-processor": "processor time"} {
		if _, err := parse([]string{args}); err != nil || workloads.ClockName() != want {
			t.Errorf("%s: the clock counts %s, want %s, %v", args, workloads.ClockName(), want, err)
		}
		os.Setenv(workloads.ClockVariable, "")
	}
	if o, err := parse(nil); err != nil || len(o.suites) != len(workloads.Suites) || o.rounds != 5 {
		t.Errorf("without flags: %+v, %v", o, err)
	}
	for _, args := range []string{"-suite gem", "-workers 0", "-workers 1,", "-case (", "-rounds 0", "-processor=maybe", "all"} {
		silent(t, func() {
			if _, err := parse(strings.Fields(args)); err == nil {
				t.Errorf("%s: no error", args)
			}
		})
	}
}

// silent runs f without standard error, where package flag complains.
func silent(t *testing.T, f func()) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	defer func(w *os.File) { os.Stderr = w }(os.Stderr)
	os.Stderr = null
	f()
}

// TestPeers: every suite has peers, and they are told their threads.
func TestPeers(t *testing.T) {
	o, err := parse([]string{"-installed", "there", "-peers", "here"})
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range workloads.Suites {
		peers := o.peers(suite)
		if len(peers) == 0 {
			t.Errorf("%s has no peers", suite)
		}
		for _, p := range peers {
			if cmd := p.command(2); !strings.Contains(strings.Join(cmd.Env, " "), "OMP_NUM_THREADS=2") {
				t.Errorf("%s: %v is not told its threads", p.name, cmd)
			}
		}
	}
}

func TestServe(t *testing.T) {
	c, err := workloads.Find("gemm NT tf_attn 1 64 64 64 -")
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	go func() {
		fmt.Fprintf(w, "%s\nnonsense\n%s\n", c.Line(), c.Line())
		w.Close()
	}()
	var out strings.Builder
	if err := serve(r, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[1], "error: suite") {
		t.Fatalf("the answers are %q, want a number, an error and a number", lines)
	}
	for _, i := range []int{0, 2} {
		var s float64
		if _, err := fmt.Sscan(lines[i], &s); err != nil || !(s > 0) {
			t.Errorf("the answer is %q, want a number of seconds", lines[i])
		}
	}
}

// TestRun compares with nobody.
func TestRun(t *testing.T) {
	o, err := parse([]string{"-suite", "gemm", "-case", "no such case"})
	if err != nil {
		t.Fatal(err)
	}
	if err := run(io.Discard, io.Discard, o); err == nil || err.Error() != `no case matches "no such case"` {
		t.Errorf("error %v, want that no case matches", err)
	}
}

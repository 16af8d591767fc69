// Command compare measures Gannet against other libraries, turn by turn in one
// run, since only ratios from one run mean something on a shared machine.
//
//	sh benchmarks/peers/install.sh         # the peers, on Debian
//	go run ./benchmarks/compare            # all suites
//	go run ./benchmarks/compare -suite gemm -rounds 5 -json ratios.json
//
// It prints the median of each side over the rounds, their spread, and the ratio
// of ours to the best peer; more is better. Peers that are not installed are
// named and left out.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gannet-ml/gannet/benchmarks/workloads"
	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/tensor"
)

// measurement is something that ours and the peers can all do.
type measurement struct {
	Suite   string             `json:"suite"`
	Case    string             `json:"case"`
	Op      string             `json:"op"`
	Batch   int                `json:"batch"`
	Workers int                `json:"workers"`
	Unit    string             `json:"unit"`
	Ours    float64            `json:"ours"`
	Peers   map[string]float64 `json:"peers"`
	Best    string             `json:"best_peer"`
	Ratio   float64            `json:"ratio"` // ours over the best peer

	run    func() (float64, error)
	peers  map[string][]string // commands that print one number
	spread map[string][2]float64
}

func main() {
	suites := flag.String("suite", "gemm,train", "suites to run, separated by commas")
	rounds := flag.Int("rounds", 5, "rounds, in each of which every side has its turn")
	out := flag.String("json", "", "write the results to this `file`")
	dir := flag.String("peers", filepath.Join("benchmarks", "peers"), "`folder` of the peers' programs")
	python := flag.String("python", "/usr/bin/python3", "Python with PyTorch")
	flag.Parse()
	if err := run(*suites, *rounds, *out, *dir, *python); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(suites string, rounds int, out, dir, python string) error {
	if rounds < 1 {
		return fmt.Errorf("-rounds %d, want at least 1", rounds)
	}
	var list []*measurement
	for _, s := range strings.Split(suites, ",") {
		switch s {
		case "gemm":
			list = append(list, gemms(dir, python)...)
		case "train":
			list = append(list, trainings(dir, python)...)
		default:
			return fmt.Errorf("-suite %q, want gemm or train", s)
		}
	}
	fmt.Printf("%s, %d processors, level %v, %s, %d rounds\n", runtime.Version(), runtime.NumCPU(), cpu.Current(), time.Now().Format("2006-01-02"), rounds)
	for _, m := range list {
		if err := m.measure(rounds); err != nil {
			return fmt.Errorf("%s %s: %w", m.Suite, m.Case, err)
		}
	}
	table(os.Stdout, list)
	if out == "" {
		return nil
	}
	return atomicfile.Write(out, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(list)
	})
}

// gemms are products of square matrices on one core, against OpenBLAS.
func gemms(dir, python string) []*measurement {
	var list []*measurement
	for _, n := range []int{512, 1024} {
		g := workloads.NewGEMM(fmt.Sprintf("sq%d", n), n, n, n)
		size := strconv.Itoa(n)
		list = append(list, &measurement{
			Suite: "gemm", Case: g.Name, Op: "NN", Batch: 1, Workers: 1, Unit: "GFLOP/s",
			run: func() (float64, error) {
				return 1e-9 * g.Flops() * rate(9, 50*time.Millisecond, func() error { g.Run(); return nil }), nil
			},
			peers: map[string][]string{"openblas": {python, filepath.Join(dir, "gemm.py"), openBLAS(), "1", size, size, size}},
		})
	}
	return list
}

// openBLAS returns the build of OpenBLAS with threads of its own, which runs best
// on one core too.
func openBLAS() string {
	found, _ := filepath.Glob("/usr/lib/*-linux-gnu/openblas-pthread/libopenblas.so.0")
	if len(found) > 0 {
		return found[0]
	}
	return "libopenblas.so.0"
}

// trainings are steps of the founding CNN, against PyTorch in both of its
// memory formats.
func trainings(dir, python string) []*measurement {
	var list []*measurement
	const batch = 64
	for workers := 1; workers <= min(2, runtime.NumCPU()); workers++ {
		m := &measurement{Suite: "train", Case: "catdog_same", Op: "step", Batch: batch, Workers: workers, Unit: "images/s", peers: map[string][]string{}}
		w, err := workloads.NewTrain("cnn", batch)
		m.run = func() (float64, error) {
			if err != nil {
				return 0, err
			}
			var failed error
			r := batch * rate(5, 500*time.Millisecond, func() error { failed = errors.Join(failed, w.Step()); return failed })
			return r, failed
		}
		for _, format := range []string{"nchw", "channels_last"} {
			m.peers["torch_"+format] = []string{filepath.Join(dir, "tuned.sh"), strconv.Itoa(workers), python,
				filepath.Join(dir, "train.py"), strconv.Itoa(workers), format, strconv.Itoa(batch)}
		}
		list = append(list, m)
	}
	return list
}

// rate returns how often a second f runs: the median of samples of about the
// given length, after three runs to warm up.
func rate(samples int, length time.Duration, f func() error) float64 {
	for range 3 {
		if f() != nil {
			return 0
		}
	}
	var rates []float64
	for range samples {
		n, start := 0, time.Now()
		for time.Since(start) < length {
			if f() != nil {
				return 0
			}
			n++
		}
		rates = append(rates, float64(n)/time.Since(start).Seconds())
	}
	return median(rates)
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// measure gives every side its turn in every round.
func (m *measurement) measure(rounds int) error {
	fmt.Fprintf(os.Stderr, "%s %s, %d workers\n", m.Suite, m.Case, m.Workers)
	defer tensor.SetWorkers(tensor.SetWorkers(m.Workers))
	values := map[string][]float64{}
	for range rounds {
		v, err := m.run()
		if err != nil {
			return err
		}
		values["ours"] = append(values["ours"], v)
		for name, command := range m.peers {
			v, err := peer(command)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s is left out: %v\n", name, err)
				delete(m.peers, name)
				continue
			}
			values[name] = append(values[name], v)
		}
	}
	m.Peers, m.spread = map[string]float64{}, map[string][2]float64{}
	m.Ours = median(values["ours"])
	for name, v := range values {
		m.spread[name] = [2]float64{slices.Min(v), slices.Max(v)}
		if name == "ours" || m.peers[name] == nil {
			continue
		}
		m.Peers[name] = median(v)
		if m.Peers[name] > m.Peers[m.Best] {
			m.Best = name
		}
	}
	if m.Best != "" {
		m.Ratio = m.Ours / m.Peers[m.Best]
	}
	return nil
}

// peer runs a command that prints one number.
func peer(command []string) (float64, error) {
	var stderr strings.Builder
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return 0, fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

func table(w io.Writer, list []*measurement) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "suite\tcase\tworkers\tunit\tours\tspread\tbest peer\tits rate\tspread\tratio\t\n")
	for _, m := range list {
		s := m.spread["ours"]
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%.1f\t%.1f–%.1f\t", m.Suite, m.Case, m.Workers, m.Unit, m.Ours, s[0], s[1])
		if m.Best == "" {
			fmt.Fprint(t, "none installed\t\t\t\t\n")
			continue
		}
		s = m.spread[m.Best]
		fmt.Fprintf(t, "%s\t%.1f\t%.1f–%.1f\t%.2f\t\n", m.Best, m.Peers[m.Best], s[0], s[1], m.Ratio)
	}
	t.Flush()
}

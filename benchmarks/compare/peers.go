package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// peer is a way to run another library.
type peer struct {
	name    string // what precedes an underscore is the library
	suites  []string
	command func(workers int) *exec.Cmd
}

// peers returns the peers that have something to say to a suite.
func (o *options) peers(suite string) []peer {
	return slices.DeleteFunc([]peer{
		{"openblas", []string{"gemm"}, func(w int) *exec.Cmd {
			return withThreads(w, filepath.Join(o.installed, "openblas"), openBLAS())
		}},
		{"onednn", []string{"gemm", "conv"}, o.oneDNN("plain")},
		{"onednn_packed", []string{"gemm"}, o.oneDNN("packed")},
		{"torch", []string{"conv", "vec", "train", "infer", "rnn"}, o.torch("nchw")},
		{"torch_channels_last", []string{"conv", "train", "infer"}, o.torch("channels_last")},
		{"torch_jit", []string{"infer"}, o.torch("jit")},
		{"onnxruntime", []string{"conv", "infer", "rnn"}, o.onnxRuntime},
	}, func(p peer) bool { return !slices.Contains(p.suites, suite) })
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

func (o *options) oneDNN(variant string) func(workers int) *exec.Cmd {
	return func(w int) *exec.Cmd { return withThreads(w, filepath.Join(o.installed, "onednn"), variant) }
}

func (o *options) torch(variant string) func(workers int) *exec.Cmd {
	return func(w int) *exec.Cmd {
		return o.tuned(w, o.python, filepath.Join(o.programs, "pytorch.py"), fmt.Sprint(w), variant)
	}
}

func (o *options) onnxRuntime(w int) *exec.Cmd {
	cmd := o.tuned(w, "node", filepath.Join(o.programs, "onnxruntime.js"), fmt.Sprint(w), filepath.Join(o.installed, "onnx"), o.python)
	cmd.Env = append(cmd.Env, "NODE_PATH="+filepath.Join(o.installed, "node_modules"))
	return cmd
}

// tuned has a program run by tuned.sh.
func (o *options) tuned(workers int, command ...string) *exec.Cmd {
	return withThreads(workers, filepath.Join(o.programs, "tuned.sh"), append([]string{fmt.Sprint(workers)}, command...)...)
}

// withThreads tells a program its number of threads by what the libraries listen to.
func withThreads(workers int, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), fmt.Sprint("OMP_NUM_THREADS=", workers), fmt.Sprint("OPENBLAS_NUM_THREADS=", workers))
	return cmd
}

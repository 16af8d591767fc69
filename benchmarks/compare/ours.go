package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/gannet-ml/gannet/benchmarks/workloads"
	"github.com/gannet-ml/gannet/tensor"
)

// ours returns the command that runs this program, self, as our side of the
// comparison. The collector, too, gets no more processors than the peers have.
func ours(self string, workers int) *exec.Cmd {
	cmd := exec.Command(self, "ours")
	cmd.Env = append(os.Environ(), fmt.Sprint("GOMAXPROCS=", workers))
	return cmd
}

// serve answers lines that name a case with the seconds that a run of it takes, as
// the programs of the peers do. A case is kept until another one is asked for.
func serve(in io.Reader, out io.Writer) error {
	var last string
	var run workloads.Run
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if line := lines.Text(); line != last {
			last, run = line, nil
			tensor.FreeMemory()
			c, err := workloads.Find(line)
			if err == nil {
				run, err = c.New()
			}
			if err != nil {
				fmt.Fprintln(out, "error:", err)
				last = ""
				continue
			}
		}
		if seconds, err := run.Seconds(); err != nil {
			fmt.Fprintln(out, "error:", err)
		} else {
			fmt.Fprintln(out, seconds)
		}
	}
	return lines.Err()
}

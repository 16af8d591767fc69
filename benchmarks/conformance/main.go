// Command conformance counts what is checked against an independent source:
// PyTorch, torchvision, scikit-learn, NumPy or the formula of a paper.
//
//	go run ./benchmarks/conformance              # on the CPU level in use
//	go run ./benchmarks/conformance -level all   # on every level of this machine
//	go run ./benchmarks/conformance -examples    # the Examples alone; runs nothing
//
// It needs nothing but Go and runs from anywhere in the module. It finds the tests
// with golden cases and those that try the rules of package nntest, runs them with
// go test, and prints for each kind of thing how many cases passed of how many
// there are. The last line has the sums.
//
// The exit status is 1 if a case failed or was skipped, if something exported has
// no golden case (an operation, layer, loss, optimizer, schedule, metric or
// transform), and if something exported is in no Example. Package nntest says how
// subtests are named.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/gannet-ml/gannet/internal/cpu"
)

const module = "github.com/gannet-ml/gannet"

func main() {
	level := flag.String("level", cpu.Current().String(), "CPU `level` to run on, or all")
	only := flag.Bool("examples", false, "look for what no Example shows, and run nothing")
	flag.Parse()
	levels := []string{*level}
	if *level == "all" {
		levels = nil
		for _, l := range cpu.Available {
			levels = append(levels, l.String())
		}
	}
	if err := run(levels, *only); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(levels []string, only bool) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	packages, err := load(root)
	if err != nil {
		return err
	}
	unshown, shownOf := withoutExample(packages)
	if only {
		fmt.Printf("%v exported things are in Examples\n", shownOf)
		return report(nil, nil, unshown)
	}
	c := count{passed: map[check]bool{}}
	for _, level := range levels {
		if err := test(&c, root, packages, level); err != nil {
			return err
		}
	}
	total := table(os.Stdout, &c, packages, levels)
	err = report(c.failures, withoutCase(packages, c.names()), unshown)
	fmt.Println(total)
	return err
}

// report prints what is not as it should be, and returns an error that counts it.
func report(failures, missing, unshown []string) error {
	var all []string
	for _, r := range []struct {
		lines        []string
		prefix, what string
	}{
		{failures, "", "tests failed or were skipped"},
		{missing, "no golden case: ", "things have no golden case"},
		{unshown, "in no Example: ", "things are in no Example"},
	} {
		for _, line := range r.lines {
			fmt.Println(r.prefix + line)
		}
		if n := len(r.lines); n > 0 {
			all = append(all, fmt.Sprint(n, " ", r.what))
		}
	}
	if all == nil {
		return nil
	}
	return errors.New(strings.Join(all, ", "))
}

// moduleRoot returns the folder with go.mod.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// test runs the tests of all packages that have golden cases or try rules.
func test(c *count, root string, packages []*source, level string) error {
	var names, paths []string
	for _, p := range packages {
		if n := p.checks(); len(n) > 0 {
			names, paths = append(names, n...), append(paths, "./"+p.path)
		}
	}
	slices.Sort(names)
	pattern := "^(" + strings.Join(slices.Compact(names), "|") + ")$"
	cmd := exec.Command("go", append([]string{"test", "-json", "-timeout=30m", "-run", pattern}, paths...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GANNET_CPU="+level)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	before := len(c.failures)
	if err := c.read(out, level); err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return err
	}
	if err := cmd.Wait(); err != nil && len(c.failures) == before {
		return fmt.Errorf("go test: %w", err)
	}
	return nil
}

// table writes what passed, by kind, and returns the sum.
func table(to io.Writer, c *count, packages []*source, levels []string) ratio {
	bySource := map[string]*source{}
	things := map[string]int{}
	for _, p := range packages {
		bySource[p.path] = p
		for _, t := range p.things() {
			things[t.kind]++
		}
	}
	golden, rules := map[string]ratio{}, map[string]ratio{}
	var total ratio
	for k, ok := range c.passed {
		column := golden
		if k.rule {
			column = rules
		}
		kind := bySource[k.path].kindOf(k)
		column[kind] = column[kind].add(ok)
		total = total.add(ok)
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "on %s\texported\tgolden cases\trules\n", strings.Join(levels, ", "))
	for _, kind := range kinds {
		if golden[kind].of+rules[kind].of+things[kind] == 0 {
			continue
		}
		exported := ""
		if n := things[kind]; n > 0 {
			exported = fmt.Sprint(n)
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%v\n", kind, exported, golden[kind], rules[kind])
	}
	w.Flush()
	return total
}

// ratio counts what passed.
type ratio struct{ passed, of int }

func (r ratio) add(ok bool) ratio {
	r.of++
	if ok {
		r.passed++
	}
	return r
}

// String returns "passed of all", or "" if there are none.
func (r ratio) String() string {
	if r.of == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d", r.passed, r.of)
}

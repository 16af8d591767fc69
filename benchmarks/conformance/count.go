package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// check is a case of a golden test, or a rule tried on something.
type check struct {
	level string
	path  string // of the package, below the module
	rule  bool
	name  string // what the case is of, as far as the names of tests tell
	test  string // the whole name without levels
}

// count is what the tests reported.
type count struct {
	passed   map[check]bool
	failures []string // with their output
}

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
}

// read takes in what go test -json writes.
func (c *count) read(r io.Reader, level string) error {
	output := map[string]*strings.Builder{}
	d := json.NewDecoder(r)
	for {
		var e event
		if err := d.Decode(&e); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("output of go test: %w", err)
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			if output[key] == nil {
				output[key] = new(strings.Builder)
			}
			output[key].WriteString(e.Output)
		case "build-output":
			c.failures = append(c.failures, e.Output)
		case "fail", "skip":
			if !isEmpty(e, output[key]) {
				c.failures = append(c.failures, fmt.Sprintf("%s: %s %s on %s\n%s", e.Action, e.Package, e.Test, level, output[key]))
			}
			c.add(e, level, false)
		case "pass":
			c.add(e, level, true)
		}
	}
}

// isEmpty reports whether a package was skipped because it has no tests.
func isEmpty(e event, output *strings.Builder) bool {
	return e.Action == "skip" && e.Test == "" && strings.Contains(fmt.Sprint(output), "[no test files]")
}

// add counts a test that has ended, if it is a case. A case that is run several
// times passes if it always does.
func (c *count) add(e event, level string, ok bool) {
	k, isCase := parse(e)
	if !isCase || k.rule && k.test == "" && ok {
		return
	}
	k.level = level
	before, seen := c.passed[k]
	c.passed[k] = ok && (before || !seen)
}

// parse finds what a test is named after. The test that holds those of single
// rules is a case with an empty name.
func parse(e event) (k check, isCase bool) {
	k.path = strings.TrimPrefix(strings.TrimPrefix(e.Package, module), "/")
	var parts []string
	for _, p := range strings.Split(e.Test, "/") {
		if !strings.HasPrefix(p, "level=") {
			parts = append(parts, p)
		}
	}
	for i, p := range parts {
		switch p {
		case "Golden":
			if i+1 == len(parts) {
				return k, false
			}
			k.name, k.test = parts[i+1], strings.Join(parts, "/")
			return k, true
		case "Rules":
			k.rule, k.name = true, strings.Join(parts[:i], "/")
			if i+1 < len(parts) {
				k.test = strings.Join(parts, "/")
			}
			return k, true
		}
	}
	return k, false
}

// names returns what golden cases are of, in each package.
func (c *count) names() map[string]map[string]bool {
	names := map[string]map[string]bool{}
	for k := range c.passed {
		if k.rule {
			continue
		}
		if names[k.path] == nil {
			names[k.path] = map[string]bool{}
		}
		names[k.path][k.name] = true
	}
	return names
}

package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// schema is the validator, in JavaScript.
//
//go:embed schema/package.json schema/validate.js
var schema embed.FS

// conformance runs the cases of the protocol with all kinds of clients, and has the
// answers validated against the published OpenAPI schemas by a library that is not
// ours.
func conformance(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("service conformance", flag.ContinueOnError)
	shared := f.String("shared", os.Getenv("GANNET_SHARED"), "`folder` with fixtures/oip/spec; $GANNET_SHARED")
	if err := f.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "service")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	answers := filepath.Join(dir, "answers.jsonl")
	return errors.Join(ask(ctx, answers), validate(ctx, dir, *shared, answers))
}

// ask runs the tests named TestConformance and prints for each kind of client how
// many cases passed. The short form sends fewer requests where many are sent; the
// clients that it does without are asked for.
func ask(ctx context.Context, answers string) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-short", "-run", "^TestConformance$", "github.com/gannet-ml/gannet/nn/serve/...")
	cmd.Env = append(os.Environ(), "GANNET_CLIENTS=1", "GANNET_OIP_ANSWERS="+answers)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		return fmt.Errorf("go test: %w", err)
	}
	return count(os.Stdout, bytes.NewReader(out))
}

// tally is what passed of a kind of client. What it cannot ask is not in all.
type tally struct {
	passed, all, leftOut int
	skipped              string
}

// count reads what go test -json writes. Cases are named
// TestConformance/client/group/case.
func count(to io.Writer, from io.Reader) error {
	tallies := map[string]*tally{}
	output := map[string]string{}
	var failed []string
	for d := json.NewDecoder(from); ; {
		var e struct{ Action, Test, Output string }
		if err := d.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("output of go test: %w", err)
		}
		parts := strings.Split(e.Test, "/")
		switch {
		case e.Action == "output" || e.Action == "build-output":
			output[e.Test] += e.Output
			continue
		case e.Action == "fail" && (len(parts) == 4 || len(parts) == 2 || e.Test == ""):
			failed = append(failed, output[e.Test])
		}
		if len(parts) != 4 && !(len(parts) == 2 && e.Action == "skip") {
			continue
		}
		t := tallies[parts[1]]
		if t == nil {
			t = new(tally)
			tallies[parts[1]] = t
		}
		switch e.Action {
		case "pass":
			t.passed++
			t.all++
		case "fail":
			t.all++
		case "skip":
			if len(parts) == 4 {
				t.leftOut++
			} else {
				t.skipped = output[e.Test]
			}
		}
	}
	for _, text := range failed {
		fmt.Fprint(to, text)
	}
	var names []string
	for name := range tallies {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if t := tallies[name]; t.skipped != "" {
			fmt.Fprintf(to, "%s: skipped: %s", name, t.skipped)
		} else if t.leftOut > 0 {
			fmt.Fprintf(to, "%s: %d of %d; the client cannot ask %d more\n", name, t.passed, t.all, t.leftOut)
		} else {
			fmt.Fprintf(to, "%s: %d of %d\n", name, t.passed, t.all)
		}
	}
	if len(failed) > 0 || len(names) == 0 {
		return fmt.Errorf("%d cases, clients or packages failed", len(failed))
	}
	return nil
}

// validate has answers validated against the schemas, if what that takes is there.
func validate(ctx context.Context, dir, shared, answers string) error {
	spec := filepath.Join(shared, "fixtures", "oip", "spec")
	if _, err := os.Stat(spec); shared == "" || err != nil {
		fmt.Println("schemas: skipped: -shared names no folder with fixtures/oip/spec")
		return nil
	}
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			fmt.Println("schemas: skipped:", err)
			return nil
		}
	}
	if err := os.CopyFS(dir, schema); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	install := exec.CommandContext(limited, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = filepath.Join(dir, "schema")
	install.WaitDelay = time.Second
	if out, err := install.CombinedOutput(); err != nil {
		fmt.Printf("schemas: skipped: npm install: %v\n%s", err, out)
		return nil
	}
	var errs []error
	for _, name := range []string{"open_inference_rest.yaml", "mlserver_dataplane.yaml", "generate_rest.yaml"} {
		cmd := exec.CommandContext(ctx, "node", "validate.js", filepath.Join(spec, name), answers)
		cmd.Dir, cmd.Stdout, cmd.Stderr = install.Dir, os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// load measures throughput and latency of servers on one core under load from
// another.
func load(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("service load", flag.ContinueOnError)
	model := f.String("model", "lenet", "`network` to serve: tiny, lenet, cnn or mlp")
	length := f.Duration("for", 10*time.Second, "length of each run")
	vegeta := f.String("vegeta", "vegeta", "the load generator, a `program`")
	python := f.String("python", "", "Python with PyTorch, a `program`, for comparison")
	clients := f.Int("clients", 64, "clients that ask as fast as they can, to find the peak")
	if err := f.Parse(args); err != nil {
		return err
	}
	n, ok := networks[*model]
	if !ok {
		return fmt.Errorf("-model %q, want tiny, lenet, cnn or mlp", *model)
	}
	dir, err := os.MkdirTemp("", "service")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{ctx: ctx, dir: dir, vegeta: *vegeta, length: *length, clients: *clients}

	bare, err := alone(ctx, n, min(*length, 3*time.Second))
	if err != nil {
		return err
	}
	fmt.Printf("%s: a prediction by itself takes %v\n\n", *model, bare.Round(100*time.Nanosecond))
	fmt.Println("| server | load | answers/s | 503/s | failed | p50 | p99 | p99.9 |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
	if err := b.gannet(n, *model, "batches of one", "-max-batch", "1"); err != nil {
		return err
	}
	if err := b.gannet(n, *model, "batches of 32"); err != nil {
		return err
	}
	if *python == "" {
		return nil
	}
	return b.python(n, *model, *python)
}

// alone returns the median time of a prediction in the program itself.
func alone(ctx context.Context, n network, length time.Duration) (time.Duration, error) {
	net, err := n.load()
	if err != nil {
		return 0, err
	}
	p, err := nn.NewPredictor(net, n.input)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	defer tensor.SetWorkers(tensor.SetWorkers(1)) // the server has one core too
	x := tensor.Normal(1, 0, 1, append(tensor.Shape{1}, n.input...)...)
	y, err := p.Predict(ctx, x)
	if err != nil {
		return 0, err
	}
	var times []time.Duration
	for end := time.Now().Add(length); time.Now().Before(end); {
		start := time.Now()
		if err := p.PredictInto(ctx, y, x); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// bench runs the load generator.
type bench struct {
	ctx         context.Context
	dir, vegeta string
	length      time.Duration
	clients     int
}

// gannet measures our server.
func (b *bench) gannet(n network, model, what string, flags ...string) error {
	addr, err := free()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	url := "http://" + addr + "/v2/"
	p, err := start(b.ctx, 0, url+"health/ready", self, append([]string{"server", "-model", model, "-addr", addr}, flags...)...)
	if err != nil {
		return err
	}
	defer p.stop()
	body, header, err := n.request()
	if err != nil {
		return err
	}
	target, err := b.target(url+"models/"+model+"/infer", body, "Inference-Header-Content-Length: "+strconv.Itoa(header))
	if err != nil {
		return err
	}
	return b.rows("gannet, "+what, target)
}

// python measures a minimal server around PyTorch.
func (b *bench) python(n network, model, python string) error {
	addr, err := free()
	if err != nil {
		return err
	}
	net, err := n.load()
	if err != nil {
		return err
	}
	weights := filepath.Join(b.dir, "weights.safetensors")
	if err := nn.SaveWeights(weights, net); err != nil {
		return err
	}
	script := filepath.Join(b.dir, "baseline.py")
	if err := os.WriteFile(script, baseline, 0o666); err != nil {
		return err
	}
	_, port, _ := strings.Cut(addr, ":")
	p, err := start(b.ctx, 0, "http://"+addr+"/", python, script, model, weights, port)
	if err != nil {
		return err
	}
	defer p.Process.Kill()
	target, err := b.target("http://"+addr+"/", n.raw())
	if err != nil {
		return err
	}
	return b.rows("PyTorch behind http.server", target)
}

// target writes what the generator asks for.
func (b *bench) target(url string, body []byte, headers ...string) (string, error) {
	file := filepath.Join(b.dir, "body")
	if err := os.WriteFile(file, body, 0o666); err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, "target")
	text := "POST " + url + "\n" + strings.Join(append(headers, "@"+file), "\n") + "\n"
	return path, os.WriteFile(path, []byte(text), 0o666)
}

// rows finds the peak of a server, with clients that ask again as soon as they are
// answered, and then measures it under loads that do not wait for answers.
func (b *bench) rows(what, target string) error {
	if _, err := b.attack(target, "-rate=100", "-duration=1s"); err != nil { // to warm up
		return err
	}
	one, err := b.attack(target, "-rate=0", "-max-workers=1", "-workers=1", "-duration="+b.length.String())
	if err != nil {
		return err
	}
	one.row(what, "one client")
	peak, err := b.attack(target, "-rate=0", fmt.Sprintf("-max-workers=%d", b.clients), fmt.Sprintf("-workers=%d", b.clients), "-duration="+b.length.String())
	if err != nil {
		return err
	}
	peak.row(what, fmt.Sprintf("peak, %d clients", b.clients))
	for _, share := range []float64{0.5, 1, 2} {
		rate := max(1, int(share*peak.good))
		r, err := b.attack(target, fmt.Sprintf("-rate=%d", rate), "-max-workers=2000", "-duration="+b.length.String())
		if err != nil {
			return err
		}
		r.row(what, fmt.Sprintf("%g × peak, %d/s", share, rate))
	}
	return nil
}

// result is what a run of the generator came to.
type result struct {
	good, shed     float64 // answers a second
	failed         int     // other answers, and none
	p50, p99, p999 time.Duration
}

func (r *result) row(what, load string) {
	us := func(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
	fmt.Printf("| %s | %s | %.0f | %.0f | %d | %s | %s | %s |\n", what, load, r.good, r.shed, r.failed, us(r.p50), us(r.p99), us(r.p999))
}

// attack runs the generator and reads its results.
func (b *bench) attack(target string, flags ...string) (*result, error) {
	out := filepath.Join(b.dir, "results.bin")
	args := append([]string{"attack", "-targets=" + target, "-output=" + out, "-timeout=20s", "-max-body=0", "-connections=2000"}, flags...)
	cmd := onCore(b.ctx, 1, b.vegeta, args...)
	if text, err := cmd.CombinedOutput(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, fmt.Errorf("%w; see README.md", err)
		}
		return nil, fmt.Errorf("%s: %w: %s", b.vegeta, err, text)
	}
	table, err := exec.CommandContext(b.ctx, b.vegeta, "encode", "-to=csv", out).Output()
	if err != nil {
		return nil, fmt.Errorf("%s encode: %w", b.vegeta, err)
	}
	return read(table)
}

// read reads the generator's table: time in nanoseconds, status, latency, ….
func read(table []byte) (*result, error) {
	r := &result{}
	var good []time.Duration
	var first, last int64
	rows := csv.NewReader(bufio.NewReader(bytes.NewReader(table)))
	rows.FieldsPerRecord = -1
	for n := 0; ; n++ {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		at, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			return nil, err
		}
		took, err := strconv.ParseInt(row[2], 10, 64)
		if err != nil {
			return nil, err
		}
		if first == 0 || at < first {
			first = at
		}
		last = max(last, at+took)
		switch row[1] {
		case "200":
			good = append(good, time.Duration(took))
		case "503":
			r.shed++
		default:
			r.failed++
		}
	}
	seconds := max(float64(last-first)/1e9, 1e-9)
	r.good, r.shed = float64(len(good))/seconds, r.shed/seconds
	if len(good) > 0 {
		slices.Sort(good)
		at := func(p float64) time.Duration { return good[min(int(p*float64(len(good))), len(good)-1)] }
		r.p50, r.p99, r.p999 = at(0.5), at(0.99), at(0.999)
	}
	return r, nil
}

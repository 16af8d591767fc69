package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// soak asks a server for a long time, with inputs whose answers are known, while its
// model is replaced again and again, and watches memory, goroutines and descriptors.
func soak(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("service soak", flag.ContinueOnError)
	length := f.Duration("for", 10*time.Minute, "how long")
	every := f.Duration("every", time.Second, "time between new versions")
	reloads := f.Int("reloads", 0, "stop after so many reloads instead")
	clients := f.Int("clients", 8, "clients that ask")
	report := f.String("json", "", "write a report to this `file`")
	if err := f.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "service")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := publish(dir, 1); err != nil {
		return err
	}
	s := serve.New(serve.Options{})
	if err := s.Watch(ctx, serve.Repository{Dir: dir, Every: 50 * time.Millisecond}); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- s.Serve(serving, l) }()

	asking, enough := context.WithCancel(ctx)
	defer enough()
	c := &crowd{url: "http://" + l.Addr().String() + "/v2/models/m/infer"}
	c.start(asking, *clients)

	r := &soakReport{}
	version := 1
	begun := time.Now()
	next := time.NewTicker(*every)
	defer next.Stop()
	look := time.NewTicker(max(*length/60, time.Second))
	defer look.Stop()
	for done := false; !done; {
		select {
		case <-ctx.Done():
			done = true
		case <-next.C:
			version++
			if err := publish(dir, version); err != nil {
				return err
			}
			if old := version - 3; old > 0 {
				if err := os.RemoveAll(filepath.Join(dir, "m", strconv.Itoa(old))); err != nil {
					return err
				}
			}
			if err := await(ctx, s, version); err != nil {
				return err
			}
		case <-look.C:
			r.Samples = append(r.Samples, sampleNow(time.Since(begun)))
		}
		done = done || *reloads == 0 && time.Since(begun) >= *length || *reloads > 0 && version > *reloads
	}
	enough()
	c.wait.Wait()
	stop()
	if err := <-served; err != nil {
		return err
	}
	r.Seconds, r.Reloads = time.Since(begun).Seconds(), version-1
	r.Answers, r.Failed, r.Mixed, r.Versions = c.answers.Load(), c.failed.Load(), c.mixed.Load(), len(c.seen)
	r.slopes()
	fmt.Printf("%d answers in %.0f s over %d reloads, by %d versions: %d failed, %d mixed\n", r.Answers, r.Seconds, r.Reloads, r.Versions, r.Failed, r.Mixed)
	fmt.Printf("heap after collection %+.1f KB a minute, goroutines %+.3f, descriptors %+.3f\n", r.HeapSlope/1024, r.GoroutineSlope, r.FileSlope)
	for _, e := range c.errors {
		fmt.Println("  ", e)
	}
	if *report != "" {
		if err := writeJSON(*report, r); err != nil {
			return err
		}
	}
	if r.Failed+r.Mixed > 0 {
		return fmt.Errorf("%d answers failed and %d were mixed", r.Failed, r.Mixed)
	}
	return r.judge()
}

// judge reports what grew by more than noise over the second half of a soak that was
// long enough to see it.
func (r *soakReport) judge() error {
	late := r.Samples[len(r.Samples)/2:]
	if len(late) < 10 {
		return nil
	}
	minutes := late[len(late)-1].Minutes - late[0].Minutes
	for _, g := range []struct {
		what         string
		slope, bound float64 // a minute; over all
	}{
		{"heap bytes", r.HeapSlope, 1 << 20},
		{"goroutines", r.GoroutineSlope, 8},
		{"descriptors", r.FileSlope, 8},
	} {
		if grown := g.slope * minutes; grown > g.bound {
			return fmt.Errorf("%s grew by %.0f in %.1f minutes, want at most %.0f", g.what, grown, minutes, g.bound)
		}
	}
	return nil
}

// publish writes version v of a model with y = v·x.
func publish(dir string, v int) error {
	layer := nn.NewLinear(4, 4)
	net, err := nn.Init(1, nn.Seq(layer))
	if err != nil {
		return err
	}
	layer.Bias.Value.Fill(0)
	tensor.MulScalarTo(layer.Weight.Value, tensor.Eye(4), float32(v))
	folder := filepath.Join(dir, "m", strconv.Itoa(v))
	if err := os.MkdirAll(folder+".new", 0o777); err != nil {
		return err
	}
	if err := nn.Save(filepath.Join(folder+".new", "model.safetensors"), net, nn.Info{Input: tensor.Shape{4}}); err != nil {
		return err
	}
	return os.Rename(folder+".new", folder)
}

// await waits until a version is at work.
func await(ctx context.Context, s *serve.Server, version int) error {
	for range 3000 {
		if ok, _ := s.ModelReady("m", strconv.Itoa(version)); ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return fmt.Errorf("version %d was not loaded: %+v", version, s.Index())
}

// crowd is clients that check the answers: the output must be the input times the
// version that the answer names.
type crowd struct {
	url                    string
	answers, failed, mixed atomic.Int64
	wait                   sync.WaitGroup

	mu     sync.Mutex
	errors []string // the first few
	seen   map[string]bool
}

func (c *crowd) start(ctx context.Context, clients int) {
	c.seen = map[string]bool{}
	for id := range clients {
		c.wait.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for i := 0; ctx.Err() == nil; i++ {
				c.ask(client, float32(id+1), float32(i%1000))
			}
		})
	}
}

// fail keeps what went wrong.
func (c *crowd) fail(count *atomic.Int64, format string, args ...any) {
	count.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.errors) < 10 {
		c.errors = append(c.errors, fmt.Sprintf(format, args...))
	}
}

func (c *crowd) ask(client *http.Client, id, i float32) {
	text := fmt.Sprintf(`{"inputs":[{"name":"input","datatype":"FP32","shape":[1,4],"data":[%v,%v,1,0]}]}`, id, i)
	res, err := client.Post(c.url, "application/json", strings.NewReader(text))
	if err != nil {
		c.fail(&c.failed, "%v", err)
		return
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK {
		c.fail(&c.failed, "status %d: %s %v", res.StatusCode, body, err)
		return
	}
	answer, err := oip.DecodeResponse(body, -1, oip.Limits{})
	if err != nil {
		c.fail(&c.failed, "%v: %s", err, body)
		return
	}
	c.answers.Add(1)
	k, err := strconv.Atoi(answer.Version)
	y := answer.Outputs[0].Data.([]float32)
	if f := float32(k); err != nil || len(y) != 4 || y[0] != f*id || y[1] != f*i || y[2] != f || y[3] != 0 {
		c.fail(&c.mixed, "version %s answers %v to %v, %v, 1, 0", answer.Version, y, id, i)
		return
	}
	c.mu.Lock()
	c.seen[answer.Version] = true
	c.mu.Unlock()
}

// soakReport is what a soak came to.
type soakReport struct {
	Seconds        float64      `json:"seconds"`
	Reloads        int          `json:"reloads"`
	Answers        int64        `json:"answers"`
	Failed         int64        `json:"failed"`
	Mixed          int64        `json:"mixed"`
	Versions       int          `json:"versions"`
	HeapSlope      float64      `json:"heap_bytes_per_minute"`
	GoroutineSlope float64      `json:"goroutines_per_minute"`
	FileSlope      float64      `json:"descriptors_per_minute"`
	Samples        []soakSample `json:"samples"`
}

// soakSample is a look at the process.
type soakSample struct {
	Minutes    float64 `json:"minutes"`
	Heap       uint64  `json:"heap"` // bytes in use after a collection
	RSS        int     `json:"rss"`  // bytes; 0 where it is not known
	Goroutines int     `json:"goroutines"`
	Files      int     `json:"files"` // open descriptors; 0 where they are not known
}

func sampleNow(at time.Duration) soakSample {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s := soakSample{Minutes: at.Minutes(), Heap: m.HeapAlloc, Goroutines: runtime.NumGoroutine()}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		s.Files = len(files)
	}
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(b)); len(fields) > 1 {
			pages, _ := strconv.Atoi(fields[1])
			s.RSS = pages * os.Getpagesize()
		}
	}
	return s
}

// slopes fits lines to the second half of the samples, when all is warm.
func (r *soakReport) slopes() {
	late := r.Samples[len(r.Samples)/2:]
	slope := func(y func(soakSample) float64) float64 {
		var n, sx, sy, sxx, sxy float64
		for _, s := range late {
			n, sx, sy, sxx, sxy = n+1, sx+s.Minutes, sy+y(s), sxx+s.Minutes*s.Minutes, sxy+s.Minutes*y(s)
		}
		if d := n*sxx - sx*sx; d > 0 {
			return (n*sxy - sx*sy) / d
		}
		return 0
	}
	r.HeapSlope = slope(func(s soakSample) float64 { return float64(s.Heap) })
	r.GoroutineSlope = slope(func(s soakSample) float64 { return float64(s.Goroutines) })
	r.FileSlope = slope(func(s soakSample) float64 { return float64(s.Files) })
}

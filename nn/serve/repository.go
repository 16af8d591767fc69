package serve

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannet-ml/gannet/internal/strictjson"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/drift"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/nn/sign"
	"github.com/gannet-ml/gannet/tensor"
)

// Repository is a folder of models:
//
//	DIR/MODEL/VERSION/model.safetensors  the network, as nn.Save writes it
//	DIR/MODEL/VERSION/drift.json         a reference sample, see package drift; optional
//	DIR/MODEL/VERSION/model.sig          a signature, see package sign
//	DIR/MODEL/policy.json                a Policy; optional
//
// Versions are numbers. A new version is put there whole by renaming its folder
// to the number once it is written.
type Repository struct {
	Dir string
	// Every is how often the folder is looked through; 0 means every 2 s. Folders are
	// polled since notifications miss the links that Kubernetes swaps and what
	// happens on network file systems.
	Every time.Duration
	// Keep is the number of versions of a model at work, the newest ones, beside
	// those that its policy names; 0 means 2: one to answer and one to go back to.
	Keep int
	// Signers are those whose signature a version needs; of it only what they have
	// signed is read. With none, no signature is looked for. A signature does not say of
	// which model and version it is, and a policy has none: who can write to the
	// folder can bring back an old version.
	Signers []*ecdsa.PublicKey
	// Drift are the settings of the monitors of models with a reference sample.
	Drift drift.Options
	// AnyShape allows a new version to have other inputs and outputs than the one
	// that answers.
	AnyShape bool
}

// The files of a version.
const (
	modelFile     = "model.safetensors"
	driftFile     = "drift.json"
	signatureFile = "model.sig"
	policyFile    = "policy.json"
)

// Files that are read whole have these lengths at most.
const (
	maxPolicy    = 1 << 20
	maxSignature = 16 << 20
)

// State is the state of a version.
type State string

// The states of a version.
const (
	Ready       State = "READY"
	Loading     State = "LOADING"
	Unavailable State = "UNAVAILABLE" // Reason says why
)

// Status is a version of a model with its state.
type Status struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	State   State  `json:"state"`
	Reason  string `json:"reason"`
}

// candidate is a version that was found in a repository.
type candidate struct {
	print   string // of its files when they were last tried
	seen    string // of its files when they were last looked at
	missing bool   // from its folder, once
	loading bool
	err     error // of the last try
	tries   int   // that failed, with these files
	again   time.Time
}

// state says what a version that is not at work is doing.
func (c *candidate) state() string {
	switch {
	case c.loading:
		return "it is being loaded"
	case c.err != nil:
		return c.err.Error()
	}
	return "it is not loaded"
}

// watch looks after a repository. Each model is looked after by itself, so that one
// whose files are large, or do not come, keeps none of the others waiting.
type watch struct {
	s *Server
	Repository
	scanned atomic.Bool   // once
	loads   chan struct{} // a token for each version that is being loaded
	stop    context.CancelFunc
	work    sync.WaitGroup
	running atomic.Int64 // scans, and models that are looked after

	mu    sync.Mutex
	turns map[string]*turn // of the models that somebody looks after
}

// turn is a lock that can be waited for with a context.
type turn struct {
	token chan struct{}
	users int
}

// maxLoads is the number of versions of a repository that are loaded at a time: a
// load takes memory for the whole version.
const maxLoads = 4

// begin waits until nobody else looks after a model. w.end ends the turn.
func (w *watch) begin(ctx context.Context, model string) error {
	w.mu.Lock()
	t := w.turns[model]
	if t == nil {
		t = &turn{token: make(chan struct{}, 1)}
		w.turns[model] = t
	}
	t.users++
	w.mu.Unlock()
	select {
	case t.token <- struct{}{}:
		w.running.Add(1)
		return nil
	case <-ctx.Done():
		w.leave(model, t)
		return ctx.Err()
	}
}

// tryBegin is begin if nobody else looks after the model.
func (w *watch) tryBegin(model string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.turns[model] != nil {
		return false
	}
	t := &turn{make(chan struct{}, 1), 1}
	t.token <- struct{}{}
	w.turns[model] = t
	w.running.Add(1)
	return true
}

// end ends the turn of a model.
func (w *watch) end(model string) {
	w.mu.Lock()
	t := w.turns[model]
	w.mu.Unlock()
	<-t.token
	w.leave(model, t)
	w.running.Add(-1)
}

// leave says that somebody does not want a turn any more.
func (w *watch) leave(model string, t *turn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(w.turns, model)
	}
}

// Watch serves the models of a repository and what becomes of them: new versions
// are verified, loaded, tried and only then put in the place of the old ones, which
// answer what they have begun. A version that is corrupt, not signed, still being
// written or of other shapes never replaces one that works; [Server.Index] says
// why.
//
// Watch looks through the folder once before it returns, and from then on until ctx
// is done or the server closed. A model that cannot be loaded is no error of Watch:
// the server is not ready until it is. It is tried again when its files change, and
// otherwise after five times Every, ten times, and so on up to five minutes: what is
// wrong may be the disk, or the memory.
func (s *Server) Watch(ctx context.Context, r Repository) error {
	if r.Every <= 0 {
		r.Every = 2 * time.Second
	}
	if r.Keep <= 0 {
		r.Keep = 2
	}
	ctx, stop := context.WithCancel(ctx)
	w := &watch{
		s: s, Repository: r, stop: stop,
		loads: make(chan struct{}, maxLoads), turns: map[string]*turn{},
	}
	if _, err := os.ReadDir(r.Dir); err != nil {
		stop()
		return fmt.Errorf("serve: Watch: %w", err)
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		stop()
		return fmt.Errorf("serve: Watch: %w", errClosed)
	}
	s.watches = append(s.watches, w)
	first := make(chan struct{})
	w.work.Go(func() {
		w.scan(ctx, true).Wait()
		w.scanned.Store(true)
		close(first)
		w.run(ctx)
	})
	s.mu.Unlock()
	select {
	case <-first:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("serve: Watch: %w", ctx.Err())
	}
}

// run scans until ctx is done.
func (w *watch) run(ctx context.Context) {
	tick := time.NewTicker(w.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.scan(ctx, false)
		}
	}
}

// scan looks through the folder and begins to look after the models that nobody looks
// after; the result is done when all of these are up to date. Files that are not as
// they were at the last scan may still be written, and have to wait for the next one
// unless now is set.
func (w *watch) scan(ctx context.Context, now bool) *sync.WaitGroup {
	w.running.Add(1)
	defer w.running.Add(-1)
	all := new(sync.WaitGroup)
	entries, err := os.ReadDir(w.Dir)
	if err != nil {
		w.s.log.Error("a repository cannot be read; its models stay as they are", "dir", w.Dir, "error", err)
		return all
	}
	names := map[string]bool{}
	for _, name := range w.owned() {
		names[name] = true
	}
	for _, e := range entries {
		if checkName(e.Name()) == nil {
			names[e.Name()] = true
		}
	}
	for name := range names {
		if !w.tryBegin(name) {
			continue
		}
		all.Add(1)
		w.work.Go(func() {
			defer all.Done()
			defer w.end(name)
			w.model(ctx, name, now)
		})
	}
	return all
}

// isDir reports whether there is a folder. It follows links, which is how Kubernetes
// shows folders.
func isDir(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.IsDir(), err
}

// owned returns the models that come from this repository.
func (w *watch) owned() []string {
	w.s.mu.RLock()
	defer w.s.mu.RUnlock()
	var list []string
	for name, e := range w.s.models {
		if e.owner == w {
			list = append(list, name)
		}
	}
	return list
}

// model brings a model up to date with its folder. Whatever goes wrong in it concerns
// no other.
func (w *watch) model(ctx context.Context, name string, now bool) {
	defer func() {
		if r := recover(); r != nil {
			w.s.log.Error("a model cannot be looked after", "model", name, "error", r, "stack", string(debug.Stack()))
		}
	}()
	dir := filepath.Join(w.Dir, name)
	there, err := numbers(dir)
	if err != nil {
		w.s.log.Error("a model cannot be read; it stays as it is", "dir", dir, "error", err)
		return
	}
	e := w.entry(name, len(there) > 0)
	if e == nil {
		return
	}
	policy, ruled, err := readPolicy(filepath.Join(dir, policyFile))
	if err != nil {
		w.s.log.Error("a policy cannot be read; it stays as it was", "model", name, "error", err)
	}
	w.s.mu.Lock()
	news := err == nil && (ruled || e.ruled) // without a file it is as Route has it
	switch {
	case err != nil:
		e.blocked = e.blocked || !e.ruled && len(e.versions) == 0
	case news && (e.blocked || !e.settled): // before any version can answer
		e.policy, e.ruled, e.blocked = policy, ruled, false
	default:
		e.blocked = false
	}
	named := map[string]bool{}
	for _, p := range []*Policy{&policy, &e.policy} { // what it is to be, and still is
		for _, v := range append(slices.Collect(maps.Values(p.Labels)), p.Pin, p.Canary) {
			named[p.named(v)] = true
		}
	}
	unloaded := e.unloaded
	w.s.mu.Unlock()

	good := 0
	for _, v := range w.look(e, name, there) {
		if unloaded || good >= w.Keep && !named[v] {
			w.remove(e, name, v, false)
			continue
		}
		if w.version(ctx, e, name, v, now) {
			good++
		}
	}

	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if missing := e.missing(&policy); news && missing == "" {
		e.policy, e.ruled, e.waits = policy, ruled, ""
	} else if news && e.waits != missing {
		e.waits = missing
		w.s.log.Warn("a policy waits for a version; the old one stays", "model", name, "version", missing)
	}
	e.settled = true
	if len(e.versions) == 0 && len(e.found) == 0 && w.s.models[name] == e {
		delete(w.s.models, name)
		w.s.metrics.forgetModel(name) // and again when the last of its versions is idle
	}
}

// numbers lists the versions in the folder of a model; none if it is gone.
func numbers(dir string) (map[string]bool, error) {
	there := map[string]bool{}
	if is, err := isDir(dir); err != nil || !is {
		return there, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, d := range entries {
		if !isNumber(d.Name()) {
			continue
		}
		is, err := isDir(filepath.Join(dir, d.Name()))
		if err != nil {
			return nil, err
		}
		if is {
			there[d.Name()] = true
		}
	}
	return there, nil
}

// entry returns the entry of a model, which is made if need be, or nil if there is
// none or it belongs to another repository.
func (w *watch) entry(name string, need bool) *entry {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	e := w.s.models[name]
	switch {
	case e == nil && !need || w.s.closed:
		return nil
	case e == nil:
		e = &entry{versions: map[string]*version{}}
		w.s.models[name] = e
	case e.owner != nil && e.owner != w:
		return nil
	case e.owner == nil && !need:
		return nil
	}
	if e.owner == nil {
		e.owner, e.found = w, map[string]*candidate{}
		e.required = e.required || !w.scanned.Load() // what is there from the beginning has to work
	}
	return e
}

// look lists the versions of a model, the newest first. Those that are missing from
// its folder for the second time are removed: once may be a moment in which a folder
// was replaced.
func (w *watch) look(e *entry, model string, there map[string]bool) []string {
	w.s.mu.Lock()
	var gone []string
	for v, c := range e.found {
		switch {
		case there[v]:
			c.missing = false
		case c.missing:
			gone = append(gone, v)
		default:
			c.missing = true
			there[v] = true
		}
	}
	for v := range there {
		if e.found[v] == nil {
			e.found[v] = &candidate{}
		}
	}
	w.s.mu.Unlock()
	for _, v := range gone {
		w.remove(e, model, v, true)
	}
	return slices.SortedFunc(maps.Keys(there), func(a, b string) int { return compareVersions(b, a) })
}

// remove takes a version out of work, and out of sight if its folder is gone.
func (w *watch) remove(e *entry, model, number string, gone bool) {
	w.s.mu.Lock()
	v := e.versions[number]
	if v != nil && v.print == "" { // registered by the program
		v = nil
	}
	if v != nil {
		delete(e.versions, number)
	}
	if gone {
		delete(e.found, number)
	} else if c := e.found[number]; c != nil {
		c.err, c.print = nil, ""
	}
	if v != nil {
		w.s.retire(v)
	}
	w.s.mu.Unlock()
	if v != nil {
		w.s.log.Info("model unloaded", "model", model, "version", number)
	}
}

// version brings a version up to date with its files and reports whether it is at
// work.
func (w *watch) version(ctx context.Context, e *entry, model, number string, now bool) bool {
	dir := filepath.Join(w.Dir, model, number)
	print := fingerprint(dir)
	w.s.mu.Lock()
	c, v := e.found[number], e.versions[number]
	still := c.seen == print
	c.seen = print
	tried := c.print == print && (c.err == nil || time.Now().Before(c.again))
	if v != nil && (v.print == "" || v.print == print) || c.missing {
		w.s.mu.Unlock()
		return v != nil
	}
	if tried && !now || !still && !now || ctx.Err() != nil {
		w.s.mu.Unlock()
		return v != nil
	}
	c.loading = true
	running := e.primary()
	w.s.mu.Unlock()

	start := time.Now()
	err := w.load(ctx, dir, model, number, print, running)
	took := time.Since(start)
	if ctx.Err() == nil {
		w.s.metrics.loaded(model, took, err)
	}
	w.s.mu.Lock()
	if c.print != print {
		c.tries = 0
	}
	c.loading, c.print, c.err = false, print, err
	if err != nil {
		c.again = time.Now().Add(min(5*w.Every<<min(c.tries, 16), maxPause))
		c.tries++
	}
	if ctx.Err() != nil {
		c.print = ""
	}
	v = e.versions[number]
	w.s.mu.Unlock()
	if err != nil {
		w.s.log.Error("a model was not loaded", "model", model, "version", number, "error", err)
	} else {
		w.s.log.Info("model loaded", "model", model, "version", number, "took", took)
	}
	return v != nil
}

// maxPause is the longest time after which a version is tried again.
const maxPause = 5 * time.Minute

// load verifies, loads and tries a version and puts it to work.
func (w *watch) load(ctx context.Context, dir, model, number, print string, running *version) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	select {
	case w.loads <- struct{}{}:
		defer func() { <-w.loads }()
	case <-ctx.Done():
		return ctx.Err()
	}
	n, err := read(dir, w.Signers, w.Drift)
	if err != nil {
		return err
	}
	if err := cmp.Or(n.try(ctx, &w.s.o), w.fits(n, number, running)); err != nil {
		n.Close()
		return err
	}
	if fingerprint(dir) != print {
		n.Close()
		return errors.New("its files changed while they were read")
	}
	if err := w.s.install(model, number, n, print); err != nil {
		n.Close()
		return err
	}
	return nil
}

// Open reads a folder as that of a version in a [Repository]: the network and, if
// there is one, the reference of its monitor. With signers, one of them must have
// signed the folder, and only what was signed is read.
func Open(dir string, signers ...*ecdsa.PublicKey) (*Network, error) {
	n, err := read(dir, signers, drift.Options{})
	if err != nil {
		return nil, fmt.Errorf("serve: Open: %w", err)
	}
	return n, nil
}

// read reads the files of a version.
func read(dir string, signers []*ecdsa.PublicKey, monitor drift.Options) (*Network, error) {
	var net nn.Module
	var info *nn.Info
	var reference *drift.Reference
	if len(signers) > 0 {
		verified, err := sign.Verify(dir, signers...)
		if err != nil {
			return nil, err
		}
		file, err := verified.ReadFile(modelFile)
		if err != nil {
			return nil, err
		}
		if net, info, err = nn.Parse(file); err != nil {
			return nil, err
		}
		if file, err = verified.ReadFile(driftFile); err == nil {
			reference, err = drift.Parse(file)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	} else {
		var err error
		if net, info, err = nn.Load(filepath.Join(dir, modelFile)); err != nil {
			return nil, err
		}
		reference, err = drift.Load(filepath.Join(dir, driftFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	n, err := NewNetwork(net, info)
	if err != nil {
		return nil, err
	}
	if reference != nil {
		if n.Monitor, err = drift.NewMonitor(reference, monitor); err != nil {
			n.Close()
			return nil, err
		}
	}
	return n, nil
}

// try computes something with a network before requests do: once for a sample and
// once for a batch, which also makes its memory ready. The first input is zeros, the
// others, which may be lengths, are ones. Outputs that are no numbers mean broken
// weights.
func (n *Network) try(ctx context.Context, o *Options) error {
	if size := n.sample(); size > o.MaxMemory {
		return fmt.Errorf("a sample takes %d bytes, want at most %d", size, o.MaxMemory)
	}
	for _, rows := range []int{n.batch(o), 1} {
		var x []*tensor.Tensor
		for i, s := range n.Predictor.InputShapes() {
			in := tensor.Make[float32](append(tensor.Shape{rows}, s...)...)
			if i > 0 {
				in.Fill(1)
			}
			x = append(x, in)
		}
		y, err := n.Predictor.Predict(ctx, x[0], x[1:]...)
		if err != nil {
			return fmt.Errorf("the first prediction: %w", err)
		}
		for _, v := range y.Data() {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return fmt.Errorf("the first prediction: the output for zeros is %v", v)
			}
		}
		if n.Monitor != nil && rows == 1 { // it counts as a sample, one of a thousand
			if err := n.Monitor.Observe(x[0], y); err != nil {
				return err
			}
		}
	}
	return nil
}

// fits reports a newer version whose inputs or outputs are not those of the one at
// work.
func (w *watch) fits(n *Network, number string, running *version) error {
	if w.AnyShape || running == nil || compareVersions(number, running.name) < 0 {
		return nil
	}
	same := func(a, b oip.Port) bool {
		return a.Name == b.Name && a.Datatype == b.Datatype && a.Shape.Equal(b.Shape)
	}
	if in := n.Inputs(); !slices.EqualFunc(in, running.inputs, same) {
		return fmt.Errorf("its inputs are %s, want those of version %s: %s", describe(in), running.name, describe(running.inputs))
	}
	if out := n.Outputs(); !slices.EqualFunc(out, running.outputs, same) {
		return fmt.Errorf("its outputs are %s, want those of version %s: %s", describe(out), running.name, describe(running.outputs))
	}
	return nil
}

func describe(ports []oip.Port) string {
	list := make([]string, len(ports))
	for i, p := range ports {
		list[i] = fmt.Sprintf("%s %s %v", p.Name, p.Datatype, p.Shape)
	}
	return strings.Join(list, ", ")
}

// fingerprint tells the files of a version from others without reading them all: by
// where they are, since links may be swapped, by length and time, and by the
// signature.
func fingerprint(dir string) string {
	var b strings.Builder
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		b.WriteString(real + "\n")
	}
	for _, name := range []string{modelFile, driftFile, signatureFile} {
		b.WriteString(fileprint(filepath.Join(dir, name)))
	}
	path := filepath.Join(dir, signatureFile)
	if info, err := os.Stat(path); err == nil && info.Size() < maxSignature {
		if text, err := os.ReadFile(path); err == nil {
			fmt.Fprintf(&b, "%x\n", sha256.Sum256(text))
		}
	}
	return b.String()
}

// fileprint tells a file from others by length and time.
func fileprint(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return path + " -\n"
	}
	return fmt.Sprintf("%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
}

// readPolicy reads a policy, the zero one if there is no file.
func readPolicy(path string) (p Policy, there bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	if info.Size() > maxPolicy {
		return p, true, fmt.Errorf("%s has %d bytes, want at most %d", path, info.Size(), maxPolicy)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return p, true, err
	}
	if err := cmp.Or(strictjson.Unmarshal(data, &p), p.check()); err != nil {
		return p, true, fmt.Errorf("%s: %w", path, err)
	}
	return p, true, nil
}

// Index lists all versions of all models with their states, in order.
func (s *Server) Index() []Status {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []Status{}
	for _, name := range slices.Sorted(maps.Keys(s.models)) {
		e := s.models[name]
		numbers := map[string]bool{}
		for v := range e.versions {
			numbers[v] = true
		}
		for v := range e.found {
			numbers[v] = true
		}
		for _, number := range slices.SortedFunc(maps.Keys(numbers), compareVersions) {
			st := Status{Name: name, Version: number, State: Ready}
			if c := e.found[number]; c != nil {
				if c.err != nil { // also if an older state of it is at work
					st.Reason = c.err.Error()
				}
				if e.versions[number] == nil {
					st.State, st.Reason = Unavailable, c.state()
					if c.loading {
						st.State = Loading
					}
				}
			}
			list = append(list, st)
		}
	}
	return list
}

// Load brings a model of a repository up to date at once, even if it was unloaded
// or could not be loaded before. It returns an error if the newest version is not at
// work afterwards.
func (s *Server) Load(ctx context.Context, model string) error {
	err := s.lookAfter(ctx, model, false)
	if err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := s.models[model]
	if e == nil || len(e.found) == 0 {
		return oip.Errorf(http.StatusBadRequest, "load", "model %q has no versions", model)
	}
	newest := slices.MaxFunc(slices.Collect(maps.Keys(e.found)), compareVersions)
	if err := e.found[newest].err; err != nil {
		return fmt.Errorf("serve: Load: model %q, version %q: %w", model, newest, err)
	}
	return nil
}

// Unload takes a model of a repository out of work until [Server.Load]. It waits for a
// load of the model that has begun.
func (s *Server) Unload(ctx context.Context, model string) error {
	return s.lookAfter(ctx, model, true)
}

// lookAfter brings a model up to date, once it is said whether it is to be out of work.
func (s *Server) lookAfter(ctx context.Context, model string, unloaded bool) error {
	w, err := s.watchOf(model)
	if err != nil {
		return err
	}
	if err := w.begin(ctx, model); err != nil {
		return err
	}
	defer w.end(model)
	w.setUnloaded(model, unloaded)
	w.model(ctx, model, !unloaded)
	return ctx.Err()
}

// setUnloaded says whether a model is to be out of work.
func (w *watch) setUnloaded(model string, unloaded bool) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if e := w.s.models[model]; e != nil && e.owner == w {
		e.unloaded = unloaded
	}
}

// watchOf returns the watch that a model belongs to.
func (s *Server) watchOf(model string) (*watch, error) {
	if err := checkName(model); err != nil {
		return nil, oip.Errorf(http.StatusBadRequest, "model", "%w", err)
	}
	s.mu.RLock()
	e, watches := s.models[model], slices.Clone(s.watches)
	var owner *watch
	if e != nil {
		owner = e.owner
	}
	s.mu.RUnlock()
	if owner != nil {
		return owner, nil
	}
	for _, w := range watches { // without the lock: a folder may not answer
		if is, err := isDir(filepath.Join(w.Dir, model)); is || err != nil {
			return w, err
		}
	}
	if e != nil {
		return nil, oip.Errorf(http.StatusBadRequest, "model", "model %q is not from a repository", model)
	}
	return nil, oip.Errorf(http.StatusNotFound, "model", "unknown model %q", model)
}

package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// Model answers requests. [Network] is one; programs may write others, such as a
// tokenizer in front of a network or a function in Go. A model that is an
// [io.Closer] is closed once it was replaced or removed and the last of its
// requests is answered.
type Model interface {
	// Inputs and Outputs describe the tensors; −1 in a shape is any size. The
	// server asks once.
	Inputs() []oip.Port
	Outputs() []oip.Port
	// Infer returns the outputs for inputs, both in the order of the ports. The
	// server has checked names, types and shapes. It is called from many goroutines
	// at once and returns soon after ctx is done. What in holds is valid until it
	// returns. An [oip.Error] says what the client did wrong; any other error, and
	// a panic, is a failure of the model.
	Infer(ctx context.Context, in []oip.Tensor) ([]oip.Tensor, error)
}

// version is a version of a model at work.
type version struct {
	model, name string
	Model
	inputs, outputs []oip.Port
	batch           *batcher       // nil for models that are not networks
	places          int            // for requests in the queue, or at a time if it is no network
	inside          atomic.Int64   // requests at a time, if it is no network
	labels          []string       // of the classes; nil if there are none
	encoder         *text.Encoder  // of texts; nil for models that take none
	generator       Generator      // of texts; nil for models that are none
	texts           atomic.Int64   // being generated
	print           string         // of the files it was loaded from, "" if registered
	busy            sync.WaitGroup // requests
	stats           stats
}

// open prepares a model for work.
func (s *Server) open(model, name string, m Model) (*version, error) {
	v := &version{model: model, name: name, Model: m, generator: generator(m), places: s.o.MaxQueue}
	if n, ok := m.(*Network); ok {
		if err := n.check(); err != nil {
			return nil, err
		}
		var err error
		if v.encoder, err = n.encoder(); err != nil {
			return nil, err
		}
		v.labels = n.classes()
		v.batch = newBatcher(n, s, v)
	}
	v.inputs, v.outputs = m.Inputs(), m.Outputs()
	if len(v.inputs) == 0 || len(v.outputs) == 0 {
		v.shut()
		return nil, fmt.Errorf("%d inputs and %d outputs, want at least one of each", len(v.inputs), len(v.outputs))
	}
	return v, nil
}

// shut waits until the requests of a version that nobody finds any more are
// answered, and closes it.
func (v *version) shut() error {
	v.busy.Wait()
	if v.batch != nil {
		v.batch.close()
	}
	if c, ok := v.Model.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// infer answers a request that was read for this version.
func (v *version) infer(ctx context.Context, req *oip.Request) (*oip.Response, error) {
	for i, want := range req.Outputs {
		if portOf(v.outputs, want.Name) < 0 {
			return nil, oip.Errorf(http.StatusBadRequest, "output", "unknown output %.64q, want %s", want.Name, names(v.outputs))
		}
		for _, other := range req.Outputs[:i] {
			if other.Name == want.Name {
				return nil, oip.Errorf(http.StatusBadRequest, "output", "output %q: asked for twice", want.Name)
			}
		}
	}
	out, err := v.run(ctx, req.Inputs)
	if err != nil {
		return nil, err
	}
	res := &oip.Response{Model: v.model, Version: v.name, ID: req.ID, HasID: req.HasID}
	if len(req.Outputs) == 0 {
		res.Outputs = out
		return res, nil
	}
	for _, want := range req.Outputs {
		t := out[portOf(v.outputs, want.Name)]
		if k, ok := want.Parameters["classification"]; ok {
			if t, err = v.classify(t, k); err != nil {
				return nil, err
			}
		}
		res.Outputs = append(res.Outputs, t)
	}
	return res, nil
}

// run computes the outputs and contains what the model may do wrong.
func (v *version) run(ctx context.Context, in []oip.Tensor) (out []oip.Tensor, err error) {
	if v.batch != nil {
		return v.batch.infer(ctx, in)
	}
	defer v.inside.Add(-1)
	if v.inside.Add(1) > int64(v.places) {
		return nil, queueFull(v.places)
	}
	start := time.Now()
	err = contain(func() (err error) {
		out, err = v.Infer(ctx, in)
		return err
	})
	v.stats.compute(rowsOf(in), time.Since(start))
	if err == nil && len(out) != len(v.outputs) {
		err = fmt.Errorf("the model returned %d outputs, want %d", len(out), len(v.outputs))
	}
	return out, ofModel(err)
}

// ofModel returns an error of a model with a reason that is the same for all of them:
// reasons are labels of metrics, and a model may have any number.
func ofModel(err error) error {
	if e := (*oip.Error)(nil); errors.As(err, &e) {
		return &oip.Error{Status: e.Status, Reason: "model", Err: err, RetryAfter: e.RetryAfter}
	}
	return err
}

// full reports whether there is no place for another request.
func (v *version) full() bool {
	if v.batch == nil {
		return v.inside.Load() >= int64(v.places)
	}
	return v.batch.depth() >= v.places
}

// rowsOf returns the number of samples of a request.
func rowsOf(in []oip.Tensor) int {
	if len(in) > 0 && len(in[0].Shape) > 0 {
		return in[0].Shape[0]
	}
	return 1
}

func portOf(ports []oip.Port, name string) int {
	for i, p := range ports {
		if p.Name == name {
			return i
		}
	}
	return -1
}

func names(ports []oip.Port) string {
	list := make([]string, len(ports))
	for i, p := range ports {
		list[i] = fmt.Sprintf("%q", p.Name)
	}
	return strings.Join(list, ", ")
}

// Policy says which version of a model answers.
type Policy struct {
	// Pin is the version, or the label of one, that answers requests which name
	// none. "" is the latest: the one with the highest number.
	Pin string `json:"pin,omitempty"`
	// Labels name versions: {"stable": "3", "canary": "4"}. Requests may name a
	// label where they may name a version.
	Labels map[string]string `json:"labels,omitempty"`
	// Canary is a version, or the label of one, that gets a Share, from 0 to 1, of
	// the requests that name none. If it is not there, the others answer all.
	Canary string  `json:"canary,omitempty"`
	Share  float64 `json:"share,omitempty"`
}

// check reports a policy that there cannot be.
func (p *Policy) check() error {
	switch {
	case !(p.Share >= 0 && p.Share <= 1):
		return fmt.Errorf("share %v, want 0 to 1", p.Share)
	case (p.Share > 0) != (p.Canary != ""):
		return errors.New("canary and share go together")
	}
	for label, to := range p.Labels {
		if err := checkName(label); err != nil {
			return fmt.Errorf("label: %w", err)
		}
		if isNumber(label) {
			return fmt.Errorf("label %q looks like a version", label)
		}
		if p.Labels[to] != "" {
			return fmt.Errorf("label %q means %q, which is a label too", label, to)
		}
	}
	return nil
}

// named returns the version that a label means, or the name itself.
func (p *Policy) named(name string) string {
	if to, ok := p.Labels[name]; ok {
		return to
	}
	return name
}

// entry is a model with its versions. The server's lock guards it.
type entry struct {
	versions map[string]*version
	policy   Policy
	ruled    bool                  // the policy is that of a file
	blocked  bool                  // there is such a file, and it could never be read
	owner    *watch                // of the repository that it is in; nil if it is in none
	required bool                  // the server is not ready without it
	settled  bool                  // it had a policy, or none, once
	waits    string                // the version that its next policy waits for
	turns    atomic.Uint64         // requests that named no version
	found    map[string]*candidate // in the repository, by version
	unloaded bool                  // and stays so until it is loaded
}

// missing returns a version that a policy names and that is not at work, "" if there
// is none. A canary may be missing: its share goes to the others.
func (e *entry) missing(p *Policy) string {
	if p.Pin != "" && e.versions[p.named(p.Pin)] == nil {
		return p.Pin
	}
	for label, to := range p.Labels {
		if e.versions[to] == nil && p.named(p.Canary) != to {
			return label
		}
	}
	return ""
}

// latest returns the version with the highest number, or of the last name where
// versions are no numbers; nil if there is none.
func (e *entry) latest() *version {
	var last *version
	for _, v := range e.versions {
		if last == nil || compareVersions(last.name, v.name) < 0 {
			last = v
		}
	}
	return last
}

// choose returns the version that answers a request for one, or for none in
// particular; nil if there is none.
func (e *entry) choose(name string) *version {
	if name != "" {
		return e.versions[e.policy.named(name)]
	}
	if p := &e.policy; p.Share > 0 && !e.blocked {
		if v := e.versions[p.named(p.Canary)]; v != nil {
			n := float64(e.turns.Add(1)) // the share is kept exactly over any number of requests
			if int64(n*p.Share) > int64((n-1)*p.Share) {
				return v
			}
		}
	}
	return e.primary()
}

// primary returns the version that answers requests for none in particular, but for
// the canary's share.
func (e *entry) primary() *version {
	if e.blocked {
		return nil
	}
	if pin := e.policy.Pin; pin != "" {
		return e.versions[e.policy.named(pin)]
	}
	return e.latest()
}

// sorted returns the versions in order.
func (e *entry) sorted() []*version {
	return slices.SortedFunc(maps.Values(e.versions), func(a, b *version) int { return compareVersions(a.name, b.name) })
}

// compareVersions orders versions: numbers by value and after other names, which
// are ordered as text.
func compareVersions(a, b string) int {
	na, nb := isNumber(a), isNumber(b)
	switch {
	case na && !nb:
		return 1
	case nb && !na:
		return -1
	case na:
		x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
			return c
		}
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// checkName reports names of models and versions that could mean something else in
// a path or a URL.
func checkName(name string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	if name == "" || len(name) > 128 || name[0] == '.' || strings.Trim(name, allowed) != "" {
		return fmt.Errorf("name %q, want 1 to 128 letters, digits, '.', '_' and '-' that do not begin with '.'", name)
	}
	return nil
}

// Register makes a model answer under a name and version, at once and in place of
// one that had them before, whose running requests are still answered. The latest
// version answers requests that name none; see [Server.Route].
func (s *Server) Register(name, number string, m Model) error {
	err := cmp.Or(checkName(name), checkName(number))
	if err == nil {
		err = s.install(name, number, m, "")
	}
	if err != nil {
		return fmt.Errorf("serve: Register: model %q, version %q: %w", name, number, err)
	}
	return nil
}

// install puts a model to work and closes the one it replaces.
func (s *Server) install(name, number string, m Model, print string) error {
	v, err := s.open(name, number, m)
	if err != nil {
		return err
	}
	v.print = print
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		v.batch.close()
		return errClosed
	}
	e := s.models[name]
	if e == nil {
		e = &entry{versions: map[string]*version{}}
		s.models[name] = e
	}
	s.metrics.bind(v)
	old := e.versions[number]
	e.versions[number] = v
	e.required = true
	if old != nil {
		s.retire(old)
	}
	s.mu.Unlock()
	return nil
}

// retire closes a version that requests no longer find, when it is idle, and lets go
// of its metrics unless another took its place. The caller holds the lock.
func (s *Server) retire(v *version) {
	s.retiring[v] = true
	s.retired.Go(func() {
		if err := v.shut(); err != nil {
			s.log.Warn("closing a model failed", "model", v.model, "version", v.name, "error", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.retiring, v)
		e := s.models[v.model]
		if e == nil || e.versions[v.name] == nil {
			s.metrics.forget(v.model, v.name)
		}
		if e == nil {
			s.metrics.forgetModel(v.model)
		}
	})
}

// Unregister removes a version of a model; its running requests are still
// answered.
func (s *Server) Unregister(name, number string) error {
	s.mu.Lock()
	e := s.models[name]
	var v *version
	if e != nil {
		v = e.versions[number]
		delete(e.versions, number)
		if len(e.versions) == 0 && len(e.found) == 0 {
			delete(s.models, name)
		}
	}
	if v != nil {
		s.retire(v)
	}
	s.mu.Unlock()
	if v == nil {
		return fmt.Errorf("serve: Unregister: model %q, version %q: not there", name, number)
	}
	return nil
}

// Route sets which version of a model answers. A model whose folder in a [Repository]
// has a policy.json goes by that, and Route is an error.
func (s *Server) Route(name string, p Policy) error {
	if err := p.check(); err != nil {
		return fmt.Errorf("serve: Route: model %q: %w", name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.models[name]
	if e == nil {
		return fmt.Errorf("serve: Route: model %q: not there", name)
	}
	if e.ruled || e.blocked {
		return fmt.Errorf("serve: Route: model %q: its %s says which version answers", name, policyFile)
	}
	e.policy = p
	return nil
}

// shown is a version with whether it answers requests that name none.
type shown struct {
	*version
	active bool
}

// versions returns all versions at work, in order.
func (s *Server) versions() []shown {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []shown
	for _, name := range slices.Sorted(maps.Keys(s.models)) {
		e := s.models[name]
		first := e.primary()
		for _, v := range e.sorted() {
			list = append(list, shown{v, v == first})
		}
	}
	return list
}

// acquire finds the version for a request, whose release must be called.
// With turn it is for inference, of which a canary gets its share.
func (s *Server) acquire(name, number string, turn bool) (*version, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, oip.Errorf(http.StatusServiceUnavailable, "not_ready", "%w", errClosed)
	}
	e := s.models[name]
	if e == nil {
		return nil, oip.Errorf(http.StatusNotFound, "model", "unknown model %q", name)
	}
	v := e.primary()
	if number != "" || turn {
		v = e.choose(number)
	}
	if v == nil {
		if number == "" {
			return nil, oip.Errorf(http.StatusServiceUnavailable, "not_ready", "model %q has no version that is ready", name)
		}
		if c := e.found[e.policy.named(number)]; c != nil {
			return nil, oip.Errorf(http.StatusServiceUnavailable, "not_ready", "model %q, version %q is not ready: %s", name, number, c.state())
		}
		return nil, oip.Errorf(http.StatusNotFound, "version", "model %q has no version %q", name, number)
	}
	v.busy.Add(1)
	return v, nil
}

// release says that a request is done with a version.
func (v *version) release() { v.busy.Done() }

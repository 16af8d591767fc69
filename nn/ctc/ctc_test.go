package ctc_test

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/ctc"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// read returns what a path reads as.
func read(path []int, blank int) []int {
	labels := []int{}
	for t, k := range path {
		if k != blank && (t == 0 || path[t-1] != k) {
			labels = append(labels, k)
		}
	}
	return labels
}

// everyPath calls f with every path through so many steps, and its probability, for
// the logits x [1, T, C].
func everyPath(x *tensor.Tensor, f func(path []int, p float64)) {
	steps, classes := x.Dim(1), x.Dim(2)
	all := 1
	for range steps {
		all *= classes
	}
	path := make([]int, steps)
	for number := range all {
		p := 1.0
		for t := range path {
			path[t] = number % classes
			number /= classes
			sum := 0.0
			for k := range classes {
				sum += math.Exp(float64(x.At(0, t, k)))
			}
			p *= math.Exp(float64(x.At(0, t, path[t]))) / sum
		}
		f(path, p)
	}
}

// reading is labels with the probability of all their paths.
type reading struct {
	labels []int
	p      float64
}

// readings returns all labels that some path reads as, the most probable first.
func readings(x *tensor.Tensor, blank int) []reading {
	numbers, all := map[string]int{}, []reading(nil)
	everyPath(x, func(path []int, p float64) {
		labels := read(path, blank)
		name := fmt.Sprint(labels)
		i, ok := numbers[name]
		if !ok {
			i = len(all)
			numbers[name] = i
			all = append(all, reading{labels: labels})
		}
		all[i].p += p
	})
	slices.SortFunc(all, func(a, b reading) int { return cmp.Compare(b.p, a.p) })
	return all
}

// small are logits of few enough paths to try all.
var small = []struct {
	steps, classes, blank int
}{{1, 2, 0}, {2, 3, 2}, {3, 2, 1}, {4, 3, 1}, {5, 3, 0}, {5, 4, 3}, {7, 3, 0}}

// trySmall runs f on the cases, each with some logits.
func trySmall(f func(name string, x *tensor.Tensor, blank int)) {
	for _, c := range small {
		for seed := range uint64(5) {
			x := tensor.Normal(seed, 0, 1+float32(seed), 1, c.steps, c.classes)
			f(fmt.Sprintf("steps=%d/classes=%d/blank=%d/seed=%d", c.steps, c.classes, c.blank, seed), x, c.blank)
		}
	}
}

func TestGreedy(t *testing.T) {
	trySmall(func(name string, x *tensor.Tensor, blank int) {
		best, want := 0.0, []int(nil)
		everyPath(x, func(path []int, p float64) {
			if p > best {
				best, want = p, read(path, blank)
			}
		})
		got, err := ctc.Greedy(x, nil, blank)
		if err != nil || !slices.Equal(got[0], want) {
			t.Errorf("%s: labels %v, %v, want %v", name, got, err, want)
		}
	})
}

// TestBeam compares a beam that loses nothing with all paths: it finds all labels
// that can be read, in their order and with their probabilities.
func TestBeam(t *testing.T) {
	trySmall(func(name string, x *tensor.Tensor, blank int) {
		want := readings(x, blank)
		got, err := ctc.Beam{Width: 1 << 20, Best: 1 << 20, Blank: blank}.Decode(x, nil)
		if err != nil || len(got[0]) != len(want) {
			t.Fatalf("%s: %d hypotheses, %v, want %d", name, len(got[0]), err, len(want))
		}
		for i, h := range got[0] {
			if !slices.Equal(h.Labels, want[i].labels) || math.Abs(h.LogProb-math.Log(want[i].p)) > 1e-9 || h.Score != h.LogProb {
				t.Errorf("%s: hypothesis %d is %+v, want %v with %v", name, i, h, want[i].labels, math.Log(want[i].p))
			}
		}
	})
}

// TestBeamLoss compares log-probabilities with the loss.
func TestBeamLoss(t *testing.T) {
	x := tensor.Normal(3, 0, 6, 1, 30, 6)
	found, err := ctc.Beam{Width: 400, Best: 5}.Decode(x, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range found[0] {
		tape := grad.NewTape(grad.Evaluation, 1)
		loss := nn.NewCTC(nn.Sum)(tape.Input(x), tensor.New(h.Labels, 1, len(h.Labels)))
		if err := loss.Err(); err != nil {
			t.Fatal(err)
		}
		exact := -float64(loss.Data().Item())
		if h.LogProb > exact+1e-5 || h.LogProb < exact-0.05 {
			t.Errorf("labels %v: log-probability %v, want nearly %v, and no more", h.Labels, h.LogProb, exact)
		}
	}
}

// TestBeamNarrow checks that what narrow beams give up only lowers probabilities.
func TestBeamNarrow(t *testing.T) {
	trySmall(func(name string, x *tensor.Tensor, blank int) {
		exact := map[string]float64{}
		for _, r := range readings(x, blank) {
			exact[fmt.Sprint(r.labels)] = math.Log(r.p)
		}
		for width := 1; width <= 4; width++ {
			found, err := ctc.Beam{Width: width, Best: 10, Blank: blank}.Decode(x, nil)
			if err != nil || len(found[0]) == 0 || len(found[0]) > width {
				t.Fatalf("%s: width %d: %d hypotheses, %v", name, width, len(found[0]), err)
			}
			for _, h := range found[0] {
				if p, ok := exact[fmt.Sprint(h.Labels)]; !ok || h.LogProb > p+1e-9 {
					t.Errorf("%s: width %d: %+v, want at most %v", name, width, h, p)
				}
			}
		}
	})
}

// grammar scores a label by itself, the one before, and the end by the length.
func grammar(classes, blank int) ctc.Scorer {
	return func(prefix []int, next []float64) error {
		last := blank
		if len(prefix) > 0 {
			last = prefix[len(prefix)-1]
		}
		for k := range next {
			next[k] = math.Sin(float64(1 + 5*k + 3*last))
			if k == last {
				next[k] = math.Inf(-1) // nothing comes twice in a row
			}
		}
		next[blank] = -float64(len(prefix)*len(prefix)) / 4
		return nil
	}
}

// TestScorer compares a beam that loses nothing with all labels, each scored.
func TestScorer(t *testing.T) {
	trySmall(func(name string, x *tensor.Tensor, blank int) {
		scorer := grammar(x.Dim(2), blank)
		all := readings(x, blank)
		var want []reading // p is the score
		for _, r := range all {
			score, next := math.Log(r.p), make([]float64, x.Dim(2))
			for i := range len(r.labels) + 1 {
				clear(next)
				if err := scorer(r.labels[:i], next); err != nil {
					t.Fatal(err)
				}
				if i < len(r.labels) {
					score += next[r.labels[i]]
				} else {
					score += next[blank]
				}
			}
			if !math.IsInf(score, -1) {
				want = append(want, reading{r.labels, score})
			}
		}
		slices.SortFunc(want, func(a, b reading) int { return cmp.Compare(b.p, a.p) })
		calls := map[string]int{}
		counted := func(prefix []int, next []float64) error {
			calls[fmt.Sprint(prefix)]++
			return scorer(prefix, next)
		}
		got, err := ctc.Beam{Width: 1 << 20, Best: 1 << 20, Blank: blank, Scorer: counted}.Decode(x, nil)
		if err != nil || len(got[0]) != len(want) {
			t.Fatalf("%s: %d hypotheses, %v, want %d", name, len(got[0]), err, len(want))
		}
		for i, h := range got[0] {
			if !slices.Equal(h.Labels, want[i].labels) || math.Abs(h.Score-want[i].p) > 1e-9 {
				t.Errorf("%s: hypothesis %d is %+v, want %v with %v", name, i, h, want[i].labels, want[i].p)
			}
		}
		for prefix, n := range calls {
			if n > 1 {
				t.Errorf("%s: the scorer was asked %d times for %s", name, n, prefix)
			}
		}
	})
}

// TestLengths checks that sequences come out as alone and without their padding,
// whatever the layout.
func TestLengths(t *testing.T) {
	x := tensor.Normal(1, 0, 3, 4, 8, 5)
	lengths := []int{8, 3, 0, 5}
	for i, n := range lengths {
		x.Slice(0, i, i+1).Slice(1, n, 8).Fill(float32(math.NaN()))
	}
	turned := tensor.Zeros(8, 4, 5)
	turned.Transpose(0, 1).Copy(x)
	for _, x := range []*tensor.Tensor{x, turned.Transpose(0, 1)} {
		greedy, err := ctc.Greedy(x, lengths, 2)
		if err != nil {
			t.Fatal(err)
		}
		beam, err := ctc.Beam{Width: 5, Best: 3, Blank: 2}.Decode(x, lengths)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range lengths {
			alone := x.Slice(0, i, i+1).Slice(1, 0, n)
			g, err := ctc.Greedy(alone, nil, 2)
			if err != nil || !slices.Equal(g[0], greedy[i]) {
				t.Errorf("sequence %d: labels %v, alone %v, %v", i, greedy[i], g, err)
			}
			b, err := ctc.Beam{Width: 5, Best: 3, Blank: 2}.Decode(alone, nil)
			if err != nil || fmt.Sprint(b[0]) != fmt.Sprint(beam[i]) {
				t.Errorf("sequence %d: hypotheses %v, alone %v, %v", i, beam[i], b, err)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	x := tensor.Zeros(2, 3, 4)
	with := func(v float32) *tensor.Tensor {
		y := x.Clone()
		y.Set(v, 1, 2, 3)
		return y
	}
	never := x.Clone()
	never.Index(0, 0).Index(0, 1).Fill(float32(math.Inf(-1)))
	for _, c := range []struct {
		x       *tensor.Tensor
		lengths []int
		blank   int
		want    string
	}{
		{tensor.Zeros(3, 4), nil, 0, "outputs have shape [3 4], want [batch steps classes]"},
		{tensor.Zeros(2, 3, 0), nil, 0, "outputs have shape [2 3 0], want [batch steps classes]"},
		{x, nil, 4, "blank is class 4, want 0 to 3"},
		{x, nil, -1, "blank is class -1, want 0 to 3"},
		{x, []int{1}, 0, "1 lengths, want 2, one for each sequence"},
		{x, []int{1, 4}, 0, "length 4 of sequence 1, want 0 to 3"},
		{x, []int{-1, 4}, 0, "length -1 of sequence 0, want 0 to 3"},
		{with(float32(math.NaN())), nil, 0, "output of sequence 1, step 2, class 3 is NaN"},
		{with(float32(math.Inf(1))), nil, 0, "output of sequence 1, step 2, class 3 is +Inf"},
		{never, nil, 0, "outputs of sequence 0, step 1 are all -Inf"},
	} {
		if _, err := ctc.Greedy(c.x, c.lengths, c.blank); err == nil || err.Error() != "ctc: Greedy: "+c.want {
			t.Errorf("error is %v, want ctc: Greedy: %s", err, c.want)
		}
		if _, err := (ctc.Beam{Blank: c.blank}).Decode(c.x, c.lengths); err == nil || err.Error() != "ctc: Beam: "+c.want {
			t.Errorf("error is %v, want ctc: Beam: %s", err, c.want)
		}
	}
	broken := errors.New("broken")
	for _, c := range []struct {
		beam ctc.Beam
		want string
	}{
		{ctc.Beam{Width: -1}, "width -1 and best 0, want at least 0"},
		{ctc.Beam{Best: -1}, "width 0 and best -1, want at least 0"},
		{ctc.Beam{Scorer: func([]int, []float64) error { return broken }}, "Scorer of []: broken"},
		{ctc.Beam{Scorer: func(_ []int, next []float64) error { next[2] = math.NaN(); return nil }},
			"Scorer of []: class 2 has the score NaN, want a finite number or -Inf"},
		{ctc.Beam{Scorer: func(p []int, next []float64) error { next[0] = math.Inf(len(p)); return nil }},
			"class 0 has the score +Inf, want a finite number or -Inf"},
	} {
		_, err := c.beam.Decode(x, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "ctc: Beam: ") || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("error is %v, want ctc: Beam: %s", err, c.want)
		}
	}
	if _, err := (ctc.Beam{Scorer: func([]int, []float64) error { return broken }}).Decode(x, nil); !errors.Is(err, broken) {
		t.Errorf("error %v does not wrap that of the scorer", err)
	}
	none, err := ctc.Beam{Scorer: func(_ []int, next []float64) error { next[0] = math.Inf(-1); return nil }}.Decode(tensor.Zeros(1, 0, 3), nil)
	if err != nil || len(none[0]) != 0 {
		t.Errorf("hypotheses %v, %v of what the scorer rules out, want none", none, err)
	}
}

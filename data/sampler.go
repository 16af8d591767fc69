package data

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/internal/rng"
)

// sampler chooses which samples an epoch has. The choice depends on the data
// set, the seed and the epoch alone.
type sampler interface {
	// begin is called before all else and returns the number of samples of an
	// epoch.
	begin(ds Dataset) (int, error)

	// draw writes the samples of an epoch to order.
	draw(order []int, seed uint64, epoch int)

	// name is that of the option.
	name() string
}

// startSampler sets the number of samples of an epoch.
func (l *Loader) startSampler() error {
	if l.sampler == nil {
		return nil
	}
	if l.shuffle {
		return errors.New("data: Loader: a sampler and Shuffle are given; a sampler draws at random already, Seed sets its seed")
	}
	n, err := l.sampler.begin(l.ds)
	l.n = n
	return err
}

// sampleSeed returns the seed with which sample i of a batch is read. Where
// samples can come several times in an epoch, each time has a seed of its own.
func (l *Loader) sampleSeed(s *slot, i int) uint64 {
	if l.sampler == nil {
		return l.seed
	}
	return rng.Mix(l.seed, uint64(s.batch.Number*l.size+i))
}

// maxDraws is the most samples that can be asked for in an epoch.
const maxDraws = math.MaxInt32

// Weighted makes every epoch n draws with replacement: each is sample i with
// probability
//
//	weights[i] / Σ weights
//
// independently of the others. It is PyTorch's WeightedRandomSampler. Weights
// are at least 0, one for each sample of the data set; they are copied.
//
// Draws depend on the [Seed] and the number of the epoch; a sample that is drawn
// again in an epoch meets other random transforms. Weighted takes the place of
// [Shuffle], and giving both is an error.
func Weighted(weights []float64, n int) LoaderOption {
	weights = slices.Clone(weights)
	return func(l *Loader) { l.sampler = &weighted{weights: weights, n: n} }
}

type weighted struct {
	weights []float64
	n       int
	sums    []float64 // Σ weights[:i+1]
}

func (*weighted) name() string { return "Weighted" }
func (*balanced) name() string { return "Balanced" }

func (w *weighted) begin(ds Dataset) (int, error) {
	if w.n < 1 || w.n > maxDraws {
		return 0, fmt.Errorf("data: Weighted: n is %d, want 1 to %d", w.n, maxDraws)
	}
	if len(w.weights) != ds.Len() {
		return 0, fmt.Errorf("data: Weighted: %d weights, want %d, one for each sample", len(w.weights), ds.Len())
	}
	var err error
	w.sums, err = sums("Weighted", w.weights)
	return w.n, err
}

// sums returns Σ weights[:i+1] for every i.
func sums(op string, weights []float64) ([]float64, error) {
	s, total := make([]float64, len(weights)), 0.0
	for i, v := range weights {
		if !(v >= 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("data: %s: weight %d is %v, want a finite number of at least 0", op, i, v)
		}
		total += v
		s[i] = total
	}
	if !(total > 0) || math.IsInf(total, 1) {
		return nil, fmt.Errorf("data: %s: weights add up to %v, want a finite number of more than 0", op, total)
	}
	return s, nil
}

func (w *weighted) draw(order []int, seed uint64, epoch int) {
	s := rng.New(seed, rng.Mix(rng.Hash("data.Weighted"), uint64(epoch)))
	total := w.sums[len(w.sums)-1]
	below := math.Nextafter(total, 0) // to which a product that rounds to total is limited
	for j := range order {
		b := s.Block(uint64(j))
		x := min(unitFloat(uint64(b[0])<<32|uint64(b[1]))*total, below)
		// The first sum above x; where a weight is 0 the sum before is equal.
		order[j], _ = slices.BinarySearchFunc(w.sums, x, func(sum, x float64) int {
			if sum > x {
				return 1
			}
			return -1
		})
	}
}

// unitFloat maps a number to [0, 1) in steps of 2⁻⁵³.
func unitFloat(u uint64) float64 { return float64(u>>11) * 0x1p-53 }

// Balanced makes every epoch show all classes equally often, to within one
// sample, in a random order. An epoch has as many samples as the data set: of a
// large class only a part, of a small one samples again and again. Over epochs
// every sample of a class comes once before any comes again. Classes without
// samples do not count. The targets of the data set must be single classes, and
// are read once.
//
// Like [Weighted] it depends on the [Seed] and the number of the epoch, and takes
// the place of [Shuffle].
func Balanced() LoaderOption {
	return func(l *Loader) { l.sampler = &balanced{} }
}

type balanced struct{ members [][]int } // of each class

func (b *balanced) begin(ds Dataset) (int, error) {
	classes, err := byClass("Balanced", ds)
	for _, m := range classes {
		if len(m) > 0 {
			b.members = append(b.members, m)
		}
	}
	return ds.Len(), err
}

// draw lets the classes take turns, on and on from epoch to epoch.
func (b *balanced) draw(order []int, seed uint64, epoch int) {
	hash, classes := rng.Hash("data.Balanced"), uint64(len(b.members))
	for j := range order {
		turn := uint64(epoch)*uint64(len(order)) + uint64(j)
		class := turn % classes
		m := b.members[class]
		k, _ := endless(seed, rng.Mix(hash, class), turn/classes, len(m))
		order[j] = m[k]
	}
	rng.New(seed, rng.Mix(hash, uint64(epoch))).Shuffle(order)
}

// endless returns element i of an endless sequence made of permutations of 0 to
// n-1, and how many whole permutations come before it.
func endless(seed, stream, i uint64, n int) (k int, pass uint64) {
	pass = i / uint64(n)
	return int(rng.New(seed, rng.Mix(stream, pass)).PermAt(i%uint64(n), uint64(n))), pass
}

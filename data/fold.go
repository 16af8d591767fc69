package data

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/internal/rng"
)

// Fold is one division of a data set for cross-validation. Samples keep the
// order they have in the data set.
type Fold struct {
	Train Dataset
	Valid Dataset
}

// KFold divides ds at random into k parts of equal size, to within one sample,
// and returns k folds: fold i validates on part i and trains on the others.
//
//	folds, err := data.KFold(ds, 5, 1)
//	for i, fold := range folds {
//		… // train on fold.Train, evaluate on fold.Valid
//	}
//
// It is scikit-learn's KFold with shuffle=True: of n samples the first n mod k
// parts have one more. k is from 2 to the number of samples.
func KFold(ds Dataset, k int, seed uint64) ([]Fold, error) {
	if err := checkFolds("KFold", ds, k); err != nil {
		return nil, err
	}
	order := make([]int, ds.Len())
	rng.New(seed, rng.Hash("data.KFold")).Perm(order)
	part := make([]int, ds.Len())
	for at, i := range order {
		part[i] = at % k
	}
	return folds(ds, k, part), nil
}

// StratifiedKFold is [KFold] in which every part has its share of every class, to
// within one sample, as scikit-learn's StratifiedKFold has. The targets of ds must
// be single classes, one of them with at least k samples.
func StratifiedKFold(ds Dataset, k int, seed uint64) ([]Fold, error) {
	if err := checkFolds("StratifiedKFold", ds, k); err != nil {
		return nil, err
	}
	classes, err := byClass("StratifiedKFold", ds)
	if err != nil {
		return nil, err
	}
	classes = slices.DeleteFunc(classes, func(m []int) bool { return len(m) == 0 })
	most := 0
	for _, members := range classes {
		most = max(most, len(members))
	}
	if most < k {
		return nil, fmt.Errorf("data: StratifiedKFold: k is %d, want at most %d, the size of the largest class", k, most)
	}
	// Deal the classes out like cards, in the order of their first samples.
	slices.SortFunc(classes, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	part, at := make([]int, ds.Len()), 0
	for c, members := range classes {
		rng.New(seed, rng.Mix(rng.Hash("data.StratifiedKFold"), uint64(c))).Shuffle(members)
		for _, i := range members {
			part[i] = at % k
			at++
		}
	}
	return folds(ds, k, part), nil
}

func checkFolds(op string, ds Dataset, k int) error {
	if err := ds.Spec().Err; err != nil {
		return err
	}
	if k < 2 || k > ds.Len() {
		return fmt.Errorf("data: %s: k is %d, want 2 to %d, the number of samples", op, k, ds.Len())
	}
	return nil
}

// folds returns k folds; part says in which one a sample is validated on.
func folds(ds Dataset, k int, part []int) []Fold {
	all := make([]Fold, k)
	for f := range all {
		var train, valid []int
		for i, p := range part {
			if p == f {
				valid = append(valid, i)
			} else {
				train = append(train, i)
			}
		}
		all[f] = Fold{Subset(ds, train), Subset(ds, valid)}
	}
	return all
}

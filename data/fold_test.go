package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// labelled returns a data set in which sample i is [i] with label labels[i].
func labelled(labels ...int) Dataset {
	x := tensor.Make[float32](len(labels), 1)
	for i := range labels {
		x.Data()[i] = float32(i)
	}
	return Tensors(x, tensor.New(labels, len(labels)))
}

// checkFoldParts verifies that every sample is validated on once, and trained on
// in the other folds.
func checkFoldParts(t *testing.T, ds Dataset, folds []Fold) {
	t.Helper()
	seen := map[float32]int{}
	for f, fold := range folds {
		train, valid := firsts(t, fold.Train), firsts(t, fold.Valid)
		if !slices.IsSorted(train) || !slices.IsSorted(valid) {
			t.Errorf("fold %d: train %v, valid %v, want the order of the data set", f, train, valid)
		}
		both := slices.Sorted(slices.Values(append(train, valid...)))
		if !slices.Equal(both, firsts(t, ds)) {
			t.Errorf("fold %d: train and valid have %v together, want every sample once", f, both)
		}
		for _, v := range valid {
			seen[v]++
		}
	}
	for _, v := range firsts(t, ds) {
		if seen[v] != 1 {
			t.Errorf("sample %v is in %d validation parts, want 1", v, seen[v])
		}
	}
}

func TestFoldsGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/folds.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			K      int
			Labels []int
			Sizes  []int
			Strata [][]int
		}
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Cases) == 0 {
		t.Fatalf("%d cases, %v", len(file.Cases), err)
	}
	for _, c := range file.Cases {
		ds := labelled(c.Labels...)
		title := fmt.Sprintf("/k=%d/n=%d", c.K, len(c.Labels))
		t.Run("Golden/KFold"+title, func(t *testing.T) {
			folds, err := KFold(ds, c.K, 1)
			if err != nil {
				t.Fatal(err)
			}
			checkFoldParts(t, ds, folds)
			var sizes []int
			for _, f := range folds {
				sizes = append(sizes, f.Valid.Len())
			}
			if !slices.Equal(sizes, c.Sizes) {
				t.Errorf("sizes %v, want %v", sizes, c.Sizes)
			}
		})
		t.Run("Golden/StratifiedKFold"+title, func(t *testing.T) {
			folds, err := StratifiedKFold(ds, c.K, 1)
			if err != nil {
				t.Fatal(err)
			}
			checkFoldParts(t, ds, folds)
			for f, fold := range folds {
				if got := counts(t, fold.Valid); !slices.Equal(got, c.Strata[f]) {
					t.Errorf("fold %d has %v of each class, want %v", f, got, c.Strata[f])
				}
			}
		})
	}
}

func TestFoldsSeed(t *testing.T) {
	ds := labelled(slices.Repeat([]int{0, 1}, 20)...)
	for name, divide := range map[string]func(Dataset, int, uint64) ([]Fold, error){"KFold": KFold, "StratifiedKFold": StratifiedKFold} {
		valid := func(seed uint64) string {
			folds, err := divide(ds, 4, seed)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(firsts(t, folds[0].Valid))
		}
		if a, b := valid(1), valid(1); a != b {
			t.Errorf("%s: the same seed gives %v and %v", name, a, b)
		}
		if a, b := valid(1), valid(2); a == b {
			t.Errorf("%s: seeds 1 and 2 both give %v", name, a)
		}
	}
}

func TestFoldsErrors(t *testing.T) {
	for name, divide := range map[string]func(Dataset, int, uint64) ([]Fold, error){"KFold": KFold, "StratifiedKFold": StratifiedKFold} {
		for _, k := range []int{-1, 0, 1, 4} {
			_, err := divide(numbers{n: 3}, k, 1)
			wantError(t, name, err, fmt.Sprintf("data: %s: k is %d, want 2 to 3, the number of samples", name, k))
		}
		_, err := divide(Concat(), 2, 1)
		wantError(t, name, err, "no data sets")
	}
	_, err := StratifiedKFold(labelled(0, 1, 2, 2), 3, 1)
	wantError(t, "few", err, "data: StratifiedKFold: k is 3, want at most 2, the size of the largest class")
	_, err = StratifiedKFold(numbers{n: 5, fail: map[int]error{3: errors.New("broken")}}, 2, 1)
	wantError(t, "unreadable", err, "data: StratifiedKFold: sample 3: broken")
	_, err = StratifiedKFold(Tensors(tensor.Make[float32](4, 1), tensor.Make[float32](4)), 2, 1)
	wantError(t, "regression", err, "not one class")
}

package text

import (
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// TestChunks: rows go on from batch to batch, targets are one step further on, and
// every number but the last few is met once.
func TestChunks(t *testing.T) {
	const rows, steps = 3, 4
	ids := make([]int, 31) // 2 chunks a row are 24, and one more; 6 are left out
	letters := make([]string, len(ids))
	for i := range ids {
		ids[i], letters[i] = i, string(rune('A'+i))
	}
	ds := NewChunks(ids, rows, steps, letters)
	if s := ds.Spec(); s.Err != nil || !s.X.Equal(tensor.Shape{steps}) || !s.Y.Equal(tensor.Shape{steps}) || s.Classes != len(ids) || ds.Len() != 6 {
		t.Fatalf("%d samples of %+v", ds.Len(), s)
	}
	want := map[int][]float32{0: {0, 1, 2, 3}, 1: {8, 9, 10, 11}, 2: {16, 17, 18, 19}, 3: {4, 5, 6, 7}, 5: {20, 21, 22, 23}}
	for i := range ds.Len() {
		s, err := data.Get(ds, i)
		if err != nil {
			t.Fatal(err)
		}
		if w := want[i]; w != nil && !slices.Equal(s.X.Data(), w) {
			t.Errorf("sample %d is %v, want %v", i, s.X.Data(), w)
		}
		for j, y := range s.Y.(*tensor.Ints).Data() {
			if float32(y) != s.X.At(j)+1 {
				t.Errorf("sample %d: %v is followed by %v", i, s.X.Data(), s.Y)
			}
		}
	}
	exact := NewChunks(ids[:13], rows, steps, letters)
	if s, err := data.Get(exact, 2); err != nil || exact.Len() != 3 || !slices.Equal(s.X.Data(), []float32{8, 9, 10, 11}) {
		t.Errorf("%d samples, the last %v, %v", exact.Len(), s.X, err)
	}
}

func TestChunksErrors(t *testing.T) {
	ids, letters := []int{0, 1, 0, 1, 1}, []string{"a", "b"}
	for want, ds := range map[string]*Chunks{
		"text: NewChunks: number of rows is 0, want at least 1":                       NewChunks(ids, 0, 2, letters),
		"text: NewChunks: number of steps is 0, want 1 to 16777215":                   NewChunks(ids, 1, 0, letters),
		"text: NewChunks: 5 tokens, want at least 2 × 3 and one more: rows and steps": NewChunks(ids, 2, 3, letters),
		"text: NewChunks: 0 tokens, want at least 1 × 1 and one more":                 NewChunks(nil, 1, 1, letters),
		"text: NewChunks: token 1 is 1, want 0 to 0":                                  NewChunks(ids, 1, 2, letters[:1]),
		"text: NewChunks: there are no names of tokens":                               NewChunks(ids, 1, 2, nil),
		"text: NewChunks: 5 tokens, want at least 1 × 9000000 and one more":           NewChunks(ids, 1, 9000000, letters),
	} {
		wantError(t, want, ds.Spec().Err, want)
		if ds.Len() != 0 {
			t.Errorf("%s: %d samples", want, ds.Len())
		}
	}
	ds := NewChunks(ids, 2, 2, letters)
	wantError(t, "index", ds.Read(2, data.NewSample(ds.Spec())), "text: Chunks: no sample 2, have 2")
	wantError(t, "shape", ds.Read(0, data.Sample{}), "text: Chunks: ")
}

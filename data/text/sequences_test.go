package text

import (
	"reflect"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

func TestPad(t *testing.T) {
	ids, lengths, err := Pad([][]int{{1, 2, 3}, {4}}, 9)
	if err != nil || !ids.Equal(tensor.New([]float32{1, 2, 3, 4, 9, 9}, 2, 3)) || !slices.Equal(lengths, []int{3, 1}) {
		t.Errorf("%v, %v, %v", ids, lengths, err)
	}
	if ids, lengths, err := Pad(nil, 0); err != nil || !ids.Shape().Equal(tensor.Shape{0, 0}) || len(lengths) != 0 {
		t.Errorf("%v, %v, %v, want nothing", ids, lengths, err)
	}
	for want, s := range map[string][][]int{
		"text: Pad: sequence 1: there are no tokens, want at least 1": {{1}, {}},
		"text: Pad: sequence 0: number 1 is -1, want 0 to 16777215":   {{1, -1}},
		"text: Pad: sequence 0: number 0 is 16777216":                 {{1 << 24}},
	} {
		_, _, err := Pad(s, 0)
		wantError(t, want, err, want)
	}
	_, _, err = Pad(nil, -1)
	wantError(t, "padding", err, "text: Pad: padding: number 0 is -1")
}

var names = []string{"x", "y", "z"}

func TestSequences(t *testing.T) {
	ids := [][]int{{1, 2, 3}, {4}, {5, 6, 7, 8}}
	ds := Classified(ids, []int{2, 0, 1}, names, Steps(3), PadID(9))
	if s := ds.Spec(); s.Err != nil || !s.X.Equal(tensor.Shape{3}) || len(s.Y) != 0 || s.Classes != 3 || !reflect.DeepEqual(s.More, []tensor.Shape{{}}) {
		t.Fatalf("%+v", s)
	}
	for i, want := range []struct {
		x      []float32
		length float32
		y      int
	}{{[]float32{1, 2, 3}, 3, 2}, {[]float32{4, 9, 9}, 1, 0}, {[]float32{5, 6, 7}, 3, 1}} {
		s, err := data.Get(ds, i)
		label, err2 := data.Label(ds, i)
		if err != nil || err2 != nil || !slices.Equal(s.X.Data(), want.x) || s.More[0].Item() != want.length || s.Y.(*tensor.Ints).Item() != want.y || label != want.y {
			t.Errorf("sample %d is %v, %v, %v, label %d, %v, %v, want %v", i, s.X, s.More, s.Y, label, err, err2, want)
		}
	}
	tagged := Tagged(ids, [][]int{{1, 2, 1}, {2}, {1, 1, 1, 2}}, names)
	s, err := data.Get(tagged, 1)
	if err != nil || !slices.Equal(s.Y.(*tensor.Ints).Data(), []int{2, 0, 0, 0}) || s.X.Len() != 4 {
		t.Errorf("%v, %v, %v", s.X, s.Y, err)
	}
	if empty := Classified(nil, nil, names); empty.Spec().Err != nil || empty.Len() != 0 {
		t.Errorf("%+v", empty.Spec())
	}
}

// Batches are as long as their longest sequence, and what was cut off is padding.
func TestSequencesInBatches(t *testing.T) {
	var ids, tags [][]int
	for i := range 57 {
		n := 1 + i*7%23
		s := make([]int, n)
		for k := range s {
			s[k] = 1 + (i+k)%50
		}
		ids, tags = append(ids, s), append(tags, make([]int, n))
		for k := range s {
			tags[i][k] = s[k] % 3
		}
	}
	l := data.NewLoader(Tagged(ids, tags, names), data.BatchSize(8), data.ByLength(), data.Trim(), data.Seed(3))
	seen, padding := 0, 0
	for b, err := range l.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		longest := b.X.Dim(1)
		for row, i := range b.Index {
			seen++
			n := len(ids[i])
			if longest < n || int(b.More[0].At(row)) != n {
				t.Fatalf("%d steps of %d, length %v", longest, n, b.More[0].At(row))
			}
			padding += longest - n
			for k := range longest {
				x, y := 0, 0
				if k < n {
					x, y = ids[i][k], tags[i][k]
				}
				if b.X.At(row, k) != float32(x) || b.Y.(*tensor.Ints).At(row, k) != y {
					t.Fatalf("sequence %d, step %d is %v, %v, want %d, %d", i, k, b.X.At(row, k), b.Y, x, y)
				}
			}
		}
	}
	if seen != len(ids) || padding > 120 {
		t.Errorf("%d sequences with padding of %d, want %d, at most 120", seen, padding, len(ids))
	}
}

func TestSequencesErrors(t *testing.T) {
	ids := [][]int{{1, 2}, {3}}
	for want, ds := range map[string]*Sequences{
		"text: Classified: 1 labels, want 2, one for each sample":            Classified(ids, []int{0}, names),
		"text: Classified: label 1 is 3, want 0 to 2":                        Classified(ids, []int{0, 3}, names),
		"text: Classified: there are no names of classes":                    Classified(ids, []int{0, 0}, nil),
		"text: Classified: sequence 1: there are no tokens, want at least 1": Classified([][]int{{1}, nil}, []int{0, 0}, names),
		"text: Classified: number of steps is -1, want 1 to 16777215":        Classified(ids, []int{0, 0}, names, Steps(-1)),
		"text: Classified: padding: number 0 is -1":                          Classified(ids, []int{0, 0}, names, PadID(-1)),
		"text: Tagged: classes for 1 sequences, want 2":                      Tagged(ids, [][]int{{0, 0}}, names),
		"text: Tagged: sequence 1: 2 labels, want 1":                         Tagged(ids, [][]int{{0, 0}, {0, 0}}, names),
		"text: Tagged: sequence 1: label 0 is 3, want 0 to 2":                Tagged(ids, [][]int{{0, 0}, {3}}, names),
		"text: Tagged: padding of classes is 3, want 0 to 2":                 Tagged(ids, [][]int{{0, 0}, {0}}, names, PadLabel(3)),
	} {
		wantError(t, want, ds.Spec().Err, want)
		wantError(t, want, ds.Read(0, data.Sample{}), want)
		_, err := ds.Label(0)
		wantError(t, want, err, want)
	}
	ds := Tagged(ids, [][]int{{0, 0}, {0}}, names)
	_, err := ds.Label(0)
	wantError(t, "Label", err, "text: Sequences: the target is a class for every token")
	wantError(t, "Read", ds.Read(2, data.Sample{}), "text: Sequences: no sample 2, have 2")
	wantError(t, "Read", ds.Read(0, data.Sample{}), "text: Sequences: dst.X has shape [], want [2]")
}

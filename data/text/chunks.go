package text

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// Chunks is a data set of one long text for a language model, which learns to tell
// the token that comes next. The text is cut into rows of the same length, and these
// into chunks of T steps. Sample i·rows + r is chunk i of row r:
//
//	X  [T]  numbers of tokens
//	Y  [T]  the same, one step further on
//
// So in batches of as many samples as there are rows, in their order, row r of a batch
// goes on where row r of the one before ended, which is what rnn.Carry wants. What is
// left at the end of the text, less than a chunk for every row, is left out.
type Chunks struct {
	spec               data.Spec
	ids                []int
	rows, steps, count int // count chunks in a row
}

// NewChunks returns the chunks of a text, given as numbers of tokens from 0 to the
// number of names less one, so many rows of it and so many steps in a chunk. The
// numbers are not copied and must not change. Fewer of them than make a chunk for
// every row, and the token after the last, are an error of the [data.Spec].
func NewChunks(ids []int, rows, steps int, names []string) *Chunks {
	d := &Chunks{ids: ids, rows: rows, steps: steps}
	d.spec = data.Spec{X: tensor.Shape{steps}, Y: tensor.Shape{steps}, Classes: len(names), ClassNames: slices.Clone(names)}
	if err := d.check(); err != nil {
		d.spec = data.Spec{Err: fmt.Errorf("text: NewChunks: %w", err)}
		return d
	}
	d.count = (len(ids) - 1) / rows / steps
	return d
}

func (d *Chunks) check() error {
	if d.rows < 1 {
		return fmt.Errorf("number of rows is %d, want at least 1", d.rows)
	}
	if d.steps < 1 || d.steps >= maxVocabulary {
		return fmt.Errorf("number of steps is %d, want 1 to %d", d.steps, maxVocabulary-1)
	}
	if n := len(d.ids); (n-1)/d.rows < d.steps {
		return fmt.Errorf("%d tokens, want at least %d × %d and one more: rows and steps", n, d.rows, d.steps)
	}
	if d.spec.Classes < 1 {
		return errors.New("there are no names of tokens")
	}
	for i, id := range d.ids {
		if id < 0 || id >= d.spec.Classes {
			return fmt.Errorf("token %d is %d, want 0 to %d", i, id, d.spec.Classes-1)
		}
	}
	return nil
}

// Len returns the number of chunks.
func (d *Chunks) Len() int { return d.rows * d.count }

// Spec says what the samples look like.
func (d *Chunks) Spec() data.Spec { return d.spec }

// Read writes sample i to dst.
func (d *Chunks) Read(i int, dst data.Sample) error {
	if err := checkRead("Chunks", d, i, dst); err != nil {
		return err
	}
	row, chunk := i%d.rows, i/d.rows
	s := d.ids[(row*d.count+chunk)*d.steps:][:d.steps+1]
	fill(dst.X.Data(), s[:d.steps], 0)
	copy(dst.Y.(*tensor.Ints).Data(), s[1:])
	return nil
}

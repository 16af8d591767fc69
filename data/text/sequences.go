package text

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// Sequences is a data set of sequences of numbers of different lengths, of a class
// each or with a class for every token. A sample is
//
//	X        [T]   the numbers, filled up at the end
//	More[0]  []    the length
//	Y        []    the class, or [T], those of the tokens, filled up as well
//
// so that a network gets the tuple of tokens and lengths that the layers of package
// rnn take. A [data.Loader] makes batches of [N, T]; with [data.ByLength] and
// [data.Trim] they have hardly any padding. [Classified] and [Tagged] make one.
type Sequences struct {
	spec      data.Spec
	sequences [][]int
	labels    []int   // either this
	tags      [][]int // or this
	settings  sequenceSettings
}

// SequenceOption is a setting of [Classified] and [Tagged].
type SequenceOption func(*sequenceSettings)

type sequenceSettings struct{ steps, pad, padLabel int }

// Steps sets T: longer sequences are cut off at their end. The default is the
// longest sequence; sets to train and to test with need the same.
func Steps(n int) SequenceOption { return func(s *sequenceSettings) { s.steps = n } }

// PadID sets the number that fills sequences up. The default is 0, where
// [NewVocabulary] has it.
func PadID(id int) SequenceOption { return func(s *sequenceSettings) { s.pad = id } }

// PadLabel sets the class that fills up the classes of tokens, which the loss is to
// leave out: nn.NewCrossEntropy(nn.IgnoreLabel(0)). The default is 0: a
// [Vocabulary] of the classes with padding has it there.
func PadLabel(class int) SequenceOption { return func(s *sequenceSettings) { s.padLabel = class } }

// Classified returns a data set of sequences with a class each, 0 to the number of
// names less one. Sequences and labels are not copied and must not change. A
// sequence without numbers is an error of the [data.Spec].
func Classified(sequences [][]int, labels []int, names []string, opts ...SequenceOption) *Sequences {
	d := &Sequences{sequences: sequences, labels: labels}
	if err := d.set("Classified", names, opts); err != nil {
		return d
	}
	if err := checkLabels(len(sequences), labels, len(names)); err != nil {
		d.spec.Err = fmt.Errorf("text: Classified: %w", err)
	}
	d.spec.Y = tensor.Shape{}
	return d
}

// Tagged returns a data set of sequences with a class for every token; names are
// those of the classes, also of the one that [PadLabel] sets.
func Tagged(sequences, tags [][]int, names []string, opts ...SequenceOption) *Sequences {
	d := &Sequences{sequences: sequences, tags: tags}
	if err := d.set("Tagged", names, opts); err != nil {
		return d
	}
	d.spec.Y = d.spec.X.Clone()
	if err := d.checkTags(len(names)); err != nil {
		d.spec.Err = fmt.Errorf("text: Tagged: %w", err)
	}
	return d
}

func (d *Sequences) checkTags(classes int) error {
	if len(d.tags) != len(d.sequences) {
		return fmt.Errorf("classes for %d sequences, want %d", len(d.tags), len(d.sequences))
	}
	if p := d.settings.padLabel; p < 0 || p >= classes {
		return fmt.Errorf("padding of classes is %d, want 0 to %d", p, classes-1)
	}
	for i, tags := range d.tags {
		if err := checkLabels(len(d.sequences[i]), tags, classes); err != nil {
			return fmt.Errorf("sequence %d: %w", i, err)
		}
	}
	return nil
}

// set checks what both kinds have in common.
func (d *Sequences) set(op string, names []string, opts []SequenceOption) error {
	for _, o := range opts {
		o(&d.settings)
	}
	longest := 1
	for _, s := range d.sequences {
		longest = max(longest, len(s))
	}
	if d.settings.steps == 0 {
		d.settings.steps = longest
	}
	d.spec = data.Spec{X: tensor.Shape{d.settings.steps}, More: []tensor.Shape{{}}, Classes: len(names), ClassNames: slices.Clone(names)}
	if err := d.check(); err != nil {
		d.spec.Err = fmt.Errorf("text: %s: %w", op, err)
	}
	return d.spec.Err
}

func (d *Sequences) check() error {
	if d.spec.Classes < 1 {
		return errors.New("there are no names of classes")
	}
	if n := d.settings.steps; n < 1 || n >= maxVocabulary {
		return fmt.Errorf("number of steps is %d, want 1 to %d", n, maxVocabulary-1)
	}
	if err := checkIDs([]int{d.settings.pad}); err != nil {
		return fmt.Errorf("padding: %w", err)
	}
	for i, s := range d.sequences {
		if err := checkIDs(s); err != nil {
			return fmt.Errorf("sequence %d: %w", i, err)
		}
	}
	return nil
}

// Len returns the number of sequences.
func (d *Sequences) Len() int { return len(d.sequences) }

// Spec says what the samples look like.
func (d *Sequences) Spec() data.Spec { return d.spec }

// Read writes sample i to dst.
func (d *Sequences) Read(i int, dst data.Sample) error {
	if err := checkRead("Sequences", d, i, dst); err != nil {
		return err
	}
	s := d.sequences[i]
	fill(dst.X.Data(), s, d.settings.pad)
	dst.More[0].Set(float32(min(len(s), d.settings.steps)))
	if d.tags != nil {
		fill(dst.Y.(*tensor.Ints).Data(), d.tags[i], d.settings.padLabel)
	} else {
		dst.Y.(*tensor.Ints).Set(d.labels[i])
	}
	return nil
}

// Label returns the class of sequence i. Classes of tokens are not one class.
func (d *Sequences) Label(i int) (int, error) {
	if err := checkIndex("Sequences", d, i); err != nil {
		return 0, err
	}
	if d.tags != nil {
		return 0, errors.New("text: Sequences: the target is a class for every token, not one class")
	}
	return d.labels[i], nil
}

package text

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/internal/textfile"
	"github.com/gannet-ml/gannet/tensor"
)

// Labeled are texts with classes.
type Labeled struct {
	Texts  []string
	Labels []int    // of each text, from 0 on
	Names  []string // of the classes, in the order of their bytes
}

// LoadLabeled reads a file with a text in each line: the name of its class, then
// after a space or tab the text. Empty lines are skipped. Files are UTF-8, plain
// or compressed with gzip; errors name file and line.
//
//	1 a gripping movie
//	0 one long string of cliches
//
// Two files of one set can have different classes: [Labeled.Rename] brings them
// together.
func LoadLabeled(path string) (*Labeled, error) {
	var l labeler
	if err := textfile.Load(path, l.line); err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	return l.finish(), nil
}

// DecodeLabeled is [LoadLabeled] for plain text from r.
func DecodeLabeled(r io.Reader) (*Labeled, error) {
	var l labeler
	if err := textfile.Read(r, l.line); err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	return l.finish(), nil
}

// LoadClasses reads the files of a folder that end in .txt, one for each class: the
// name of the file is that of the class, and a line is a text. Empty lines are
// skipped. Errors name file and line; a folder without such files is one.
func LoadClasses(dir string) (*Labeled, error) {
	const extension = ".txt"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	var l labeler
	found := false
	for _, e := range entries {
		class, ok := strings.CutSuffix(e.Name(), extension)
		if !ok || e.IsDir() {
			continue
		}
		found = true
		err := textfile.Load(filepath.Join(dir, e.Name()), func(_ int, line string) error {
			l.add(class, line)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("text: %w", err)
		}
	}
	if !found {
		return nil, fmt.Errorf("text: %s: no file ends in %s", dir, extension)
	}
	return l.finish(), nil
}

// labeler collects texts and the names of their classes.
type labeler struct{ texts, classes []string }

func (l *labeler) line(_ int, line string) error {
	if strings.TrimSpace(line) == "" {
		return nil
	}
	at := strings.IndexAny(line, " \t")
	if at <= 0 || strings.TrimSpace(line[at:]) == "" {
		return fmt.Errorf("%.40q, want a class, a space and a text", line)
	}
	l.add(line[:at], line[at:])
	return nil
}

func (l *labeler) add(class, text string) {
	if text = strings.TrimSpace(text); text != "" {
		l.texts, l.classes = append(l.texts, text), append(l.classes, class)
	}
}

// finish numbers the classes.
func (l *labeler) finish() *Labeled {
	d := &Labeled{Texts: l.texts}
	numbers := map[string]int{}
	for _, c := range l.classes {
		numbers[c] = 0
	}
	d.Names = slices.Sorted(maps.Keys(numbers))
	for i, c := range d.Names {
		numbers[c] = i
	}
	for _, c := range l.classes {
		d.Labels = append(d.Labels, numbers[c])
	}
	return d
}

// Rename gives the classes the numbers that names has, those of the set to train
// with. A class that is not among them is an error.
func (l *Labeled) Rename(names []string) error {
	to := make([]int, len(l.Names))
	for i, name := range l.Names {
		if to[i] = slices.Index(names, name); to[i] < 0 {
			return fmt.Errorf("text: Rename: class %q is not one of %q", name, names)
		}
	}
	for i, y := range l.Labels {
		l.Labels[i] = to[y]
	}
	l.Names = slices.Clone(names)
	return nil
}

// Split divides the texts at random into parts that have no text in common, so that
// the vocabulary can be that of the part to train with. Every part has its share of
// every class, as [data.StratifiedSplit] deals them, and the names of all.
//
//	parts, err := names.Split(1, 0.9, 0.1)
func (l *Labeled) Split(seed uint64, fractions ...float64) ([]*Labeled, error) {
	if err := checkLabels(len(l.Texts), l.Labels, len(l.Names)); err != nil {
		return nil, fmt.Errorf("text: Split: %w", err)
	}
	sets, err := data.StratifiedSplit(numbered{l}, seed, fractions...)
	if err != nil {
		return nil, fmt.Errorf("text: Split: %w", err)
	}
	parts := make([]*Labeled, len(sets))
	number := data.NewSample(numbered{l}.Spec())
	for k, set := range sets {
		parts[k] = &Labeled{Names: slices.Clone(l.Names)}
		for i := range set.Len() {
			if err := set.Read(i, number); err != nil {
				return nil, fmt.Errorf("text: Split: %w", err)
			}
			n := number.Y.(*tensor.Ints).Item()
			parts[k].Texts, parts[k].Labels = append(parts[k].Texts, l.Texts[n]), append(parts[k].Labels, l.Labels[n])
		}
	}
	return parts, nil
}

// numbered is a data set of texts of which samples are the numbers.
type numbered struct{ *Labeled }

func (d numbered) Len() int { return len(d.Texts) }

func (d numbered) Spec() data.Spec {
	return data.Spec{X: tensor.Shape{}, Y: tensor.Shape{}, Classes: len(d.Names)}
}

func (d numbered) Label(i int) (int, error) { return d.Labels[i], nil }

func (d numbered) Read(i int, dst data.Sample) error {
	dst.Y.(*tensor.Ints).Set(i)
	return nil
}

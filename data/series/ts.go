package series

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/data/internal/textfile"
)

// maxChannels bounds the channels of a file.
const maxChannels = 1 << 20

// Load reads a file in the .ts format of the UCR/UEA archive: plain or compressed
// with gzip, univariate or multivariate, of equal or unequal lengths, with classes,
// with numbers to predict (@targetLabel), or with neither. Missing values, ? or NaN,
// are NaN. What the header says about the data is checked. Errors name file and
// line; time stamps are one that wraps [errors.ErrUnsupported].
func Load(path string) (*Collection, error) {
	var d tsReader
	err := textfile.Load(path, d.line)
	if err == nil {
		if err = d.end(); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("series: %w", err)
	}
	return &d.c, nil
}

// Decode is [Load] for plain text from r.
func Decode(r io.Reader) (*Collection, error) {
	var d tsReader
	err := textfile.Read(r, d.line)
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return nil, fmt.Errorf("series: %w", err)
	}
	return &d.c, nil
}

// tsReader reads a .ts file line by line. Of the settings of the header those that
// are not there have their zero.
type tsReader struct {
	c    Collection
	data bool // @data was read
	seen map[string]bool

	noMissing    bool
	univariate   bool
	equalLength  bool
	dimensions   int
	seriesLength int
	targets      bool
	classes      map[string]int
}

func (d *tsReader) line(_ int, line string) error {
	line = strings.TrimSpace(line)
	switch {
	case line == "" || line[0] == '#' || line[0] == '%':
		return nil
	case line[0] == '@':
		return d.tag(line)
	case !d.data:
		return fmt.Errorf("%.40q before @data, want a line that starts with @", line)
	}
	if err := d.series(line); err != nil {
		return fmt.Errorf("series %d: %w", len(d.c.Series), err)
	}
	return nil
}

// tag reads a line of the header.
func (d *tsReader) tag(line string) error {
	if d.data {
		return fmt.Errorf("%.40q after @data, want values", line)
	}
	f := strings.Fields(line)
	name, values := strings.ToLower(f[0]), f[1:]
	if d.seen[name] {
		return fmt.Errorf("%s comes twice", f[0])
	}
	if d.seen == nil {
		d.seen = map[string]bool{}
	}
	d.seen[name] = true
	var err error
	switch name {
	case "@problemname":
		d.c.Name = strings.Join(values, " ")
	case "@timestamps":
		var stamps bool
		if stamps, err = flag(values); stamps {
			err = fmt.Errorf("time stamps: %w", errors.ErrUnsupported)
		}
	case "@missing":
		var missing bool
		missing, err = flag(values)
		d.noMissing = !missing
	case "@univariate":
		d.univariate, err = flag(values)
	case "@equallength":
		d.equalLength, err = flag(values)
	case "@dimension", "@dimensions":
		d.dimensions, err = count(values, maxChannels)
	case "@serieslength":
		d.seriesLength, err = count(values, math.MaxInt32)
	case "@classlabel":
		err = d.classLabel(values)
	case "@targetlabel":
		d.targets, err = flag(values)
	case "@data":
		d.data = true
		err = d.header()
	default:
		err = errors.New("unknown")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f[0], err)
	}
	return nil
}

// flag reads true or false.
func flag(values []string) (bool, error) {
	if len(values) == 1 {
		switch strings.ToLower(values[0]) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	}
	return false, fmt.Errorf("%.40q, want true or false", values)
}

// count reads a number from 1 on.
func count(values []string, most int) (int, error) {
	if len(values) == 1 {
		if n, err := strconv.Atoi(values[0]); err == nil && n >= 1 && n <= most {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%.40q, want a number from 1 to %d", values, most)
}

// classLabel reads whether there are classes, and which.
func (d *tsReader) classLabel(values []string) error {
	if len(values) == 0 {
		return errors.New("nothing follows, want true or false")
	}
	there, err := flag(values[:1])
	if err != nil {
		return err
	}
	if there != (len(values) > 1) {
		return fmt.Errorf("%s and %d classes", values[0], len(values)-1)
	}
	if !there {
		return nil
	}
	d.c.Names = slices.Clone(values[1:])
	d.classes = map[string]int{}
	for i, name := range d.c.Names {
		if _, ok := d.classes[name]; ok {
			return fmt.Errorf("class %.40q comes twice", name)
		}
		d.classes[name] = i
	}
	return nil
}

// header checks what the lines before say together.
func (d *tsReader) header() error {
	switch {
	case d.targets && d.classes != nil:
		return errors.New("the file has both classes and targets")
	case d.univariate && d.dimensions > 1:
		return fmt.Errorf("the series are univariate and have %d dimensions", d.dimensions)
	case d.univariate:
		d.dimensions = 1
	}
	return nil
}

// series reads a line of values, with channels divided by colons.
func (d *tsReader) series(line string) error {
	if strings.HasPrefix(line, "(") {
		return fmt.Errorf("time stamps: %w", errors.ErrUnsupported)
	}
	label := ""
	if d.classes != nil || d.targets {
		at := strings.LastIndexByte(line, ':')
		if at < 0 {
			return errors.New("there is no colon before a class or target")
		}
		line, label = line[:at], strings.TrimSpace(line[at+1:])
	}
	n := strings.Count(line, ":") + 1
	switch {
	case d.dimensions == 0 && n > maxChannels:
		return fmt.Errorf("%d channels, want at most %d", n, maxChannels)
	case d.dimensions == 0:
		d.dimensions = n
	case n != d.dimensions:
		return fmt.Errorf("%d channels, want %d", n, d.dimensions)
	}
	s := make(Series, 0, d.dimensions)
	for channel := range strings.SplitSeq(line, ":") {
		values, err := d.values(channel)
		if err != nil {
			return fmt.Errorf("channel %d: %w", len(s), err)
		}
		if len(s) > 0 && len(values) != s.Steps() {
			return fmt.Errorf("channel %d: %d values, want %d as channel 0 has", len(s), len(values), s.Steps())
		}
		s = append(s, values)
	}
	if err := d.steps(s.Steps()); err != nil {
		return err
	}
	if err := d.label(label); err != nil {
		return err
	}
	d.c.Series = append(d.c.Series, s)
	return nil
}

// steps checks the number of steps.
func (d *tsReader) steps(n int) error {
	switch {
	case !d.equalLength:
		return nil
	case d.seriesLength == 0:
		d.seriesLength = n
	case n != d.seriesLength:
		return fmt.Errorf("%d steps, want %d", n, d.seriesLength)
	}
	return nil
}

// label reads the class or the number at the end of a line.
func (d *tsReader) label(text string) error {
	switch {
	case d.classes != nil:
		y, ok := d.classes[text]
		if !ok {
			return fmt.Errorf("class is %.40q, want one of %.200q", text, fmt.Sprint(d.c.Names))
		}
		d.c.Labels = append(d.c.Labels, y)
	case d.targets:
		y, err := strconv.ParseFloat(text, 32)
		if err != nil || math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("target is %.40q, want a finite number", text)
		}
		d.c.Targets = append(d.c.Targets, float32(y))
	}
	return nil
}

// values reads the values of a channel.
func (d *tsReader) values(text string) ([]float32, error) {
	values := make([]float32, 0, strings.Count(text, ",")+1)
	for field := range strings.SplitSeq(text, ",") {
		v, err := parseValue(strings.TrimSpace(field))
		if err == nil && v != v && d.noMissing {
			err = errors.New("is missing, and the header says that none is")
		}
		if err != nil {
			return nil, fmt.Errorf("value %d: %w", len(values), err)
		}
		values = append(values, v)
	}
	return values, nil
}

// parseValue reads a number; ? and NaN mean that it is missing.
func parseValue(field string) (float32, error) {
	if field == "?" {
		return float32(math.NaN()), nil
	}
	v, err := strconv.ParseFloat(field, 32)
	if err != nil || math.IsInf(v, 0) {
		return 0, fmt.Errorf("is %.40q, want a finite number, ? or NaN", field)
	}
	return float32(v), nil
}

// end checks that there is data.
func (d *tsReader) end() error {
	if !d.data {
		return errors.New("there is no @data")
	}
	return nil
}

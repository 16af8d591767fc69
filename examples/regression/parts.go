package main

import (
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/table"
	"github.com/gannet-ml/gannet/examples/regression/rentals"
	"gonum.org/v1/gonum/mat"
)

// rentalRows is the number of rows of the table that the example makes.
const rentalRows = 6000

// tables is a table in its three parts, ready to learn from.
type tables struct {
	dataset, target string
	parts           [parts]data.Dataset // inputs standardised
	encoder         *table.Encoder
	preprocess      data.Pipeline
	example         string    // the first row of the test part, as -predict takes it
	expected        []float64 // of the test part, without noise; nil if nobody knows
}

// tables reads the table, writes its parts to files and reads these: what there is
// to learn of columns, such as means and categories, is learnt from the part to
// train with alone.
func (c *config) tables() (*tables, error) {
	t := &tables{dataset: c.Data, target: c.target}
	path := c.Data
	var expected []float64
	if path == "" {
		fmt.Println("No -data given: learning from a generated table of bicycle rentals.")
		t.dataset, t.target = "rentals", rentals.Target
		s := &sheet{header: rentals.Header}
		s.rows, expected = rentals.Make(rentalRows, c.Seed)
		path = c.File("rentals.csv")
		if err := s.write(path, count(len(s.rows))); err != nil {
			return nil, err
		}
	}
	s, err := readSheet(path, t.target)
	if err != nil {
		return nil, err
	}
	schema, err := s.schema(t.target)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	members, err := s.split(c.Seed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for part, name := range partNames {
		if err := s.write(c.File(name+".csv"), members[part]); err != nil {
			return nil, err
		}
	}
	if err := t.load(c, schema); err != nil {
		return nil, err
	}
	for _, i := range members[testPart] {
		if expected != nil {
			t.expected = append(t.expected, expected[i])
		}
	}
	t.example = asPairs(s.header, s.rows[members[testPart][0]], t.target)
	return t, nil
}

// count returns the numbers 0 to n-1.
func count(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// load reads the parts from their files and standardises the inputs.
func (t *tables) load(c *config, schema table.Schema) error {
	train, encoder, err := table.Load(c.File(partNames[trainPart]+".csv"), schema)
	if err != nil {
		return err
	}
	mean, std, err := data.MeanStd(train)
	if err != nil {
		return err
	}
	for i, s := range std {
		if s == 0 { // a column that is always the same
			std[i] = 1
		}
	}
	t.encoder, t.preprocess = encoder, data.Pipeline{data.Normalize(mean, std)}
	t.parts[trainPart] = data.Map(train, t.preprocess)
	for _, part := range []int{validationPart, testPart} {
		ds, err := encoder.Load(c.File(partNames[part] + ".csv"))
		if err != nil {
			return err
		}
		t.parts[part] = data.Map(ds, t.preprocess)
	}
	return nil
}

// matrix returns all inputs of a data set, a row for each sample, with a 1 at the
// end, and its targets.
func matrix(ds data.Dataset) (x *mat.Dense, y []float64, err error) {
	s := data.NewSample(ds.Spec())
	inputs := s.X.Len()
	x = mat.NewDense(ds.Len(), inputs+1, nil)
	for i := range ds.Len() {
		if err := ds.Read(i, s); err != nil {
			return nil, nil, err
		}
		for j, v := range s.X.Data() {
			x.Set(i, j, float64(v))
		}
		x.Set(i, inputs, 1)
		y = append(y, float64(target(s)))
	}
	return x, y, nil
}

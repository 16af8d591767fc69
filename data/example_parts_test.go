package data_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

func ExampleSplit() {
	parts, err := data.Split(squares(10), 1, 0.7, 0.2, 0.1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, part := range parts {
		show(data.NewLoader(part))
	}
	// Output:
	// [0 1 2 3 4 5 8]
	// [0 1 2 3 4 5 8]
	// [7 9]
	// [7 9]
	// [6]
	// [6]
}

func ExampleConcat() {
	both := data.Concat(points(), rare())
	fmt.Println(both.Len(), both.Spec().Classes)
	s, err := data.Get(both, 6+9) // the last one of rare
	fmt.Println(s.X, s.Y, err)

	fmt.Println(data.Concat(points(), squares(4)).Spec().Err)
	// Output:
	// 16 2
	// [9.] 1 <nil>
	// data: Concat: set 1 has X [1], Y [] and 0 classes, want X [1], Y [] and 2 classes as set 0 has
}

func ExampleImageSet_At() {
	pixels := tensor.New([]uint8{
		255, 0, // red
		51, 0, // green
		0, 255, // blue
	}, 1, 3, 1, 2)
	ds := data.Images(pixels, tensor.New([]int{0}, 1), []string{"two pixels"})
	img := ds.At(0)
	fmt.Println(img.Bounds().Size(), img.At(0, 0), img.At(1, 0))
	// Output: (2,1) {255 51 0 255} {0 0 255 255}
}

// parity is a data set of the numbers from 0 on, of class 1 if they are odd.
type parity int

func (n parity) Len() int               { return int(n) }
func (parity) Spec() data.Spec          { return data.Spec{X: tensor.Shape{1}, Y: tensor.Shape{}, Classes: 2} }
func (parity) Label(i int) (int, error) { return i % 2, nil }

func (parity) Read(i int, dst data.Sample) error {
	dst.X.Set(float32(i), 0)
	dst.Y.(*tensor.Ints).Set(i % 2)
	return nil
}

// Splits and samplers that ask for labels read no sample of a Labeler.
func ExampleLabeler() {
	var _ data.Labeler = parity(0)
	parts, err := data.StratifiedSplit(parity(1000), 1, 0.9, 0.1)
	if err != nil {
		fmt.Println(err)
		return
	}
	var count [2]int
	for i := range parts[1].Len() {
		label, err := data.Label(parts[1], i)
		if err != nil {
			fmt.Println(err)
			return
		}
		count[label]++
	}
	fmt.Println(count)
	// Output: [50 50]
}

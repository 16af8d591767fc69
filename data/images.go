package data

import (
	"fmt"
	"image"

	"github.com/gannet-ml/gannet/data/internal/planar"
	"github.com/gannet-ml/gannet/tensor"
)

// ImageSet is a data set of labelled pictures kept in memory as bytes, a
// quarter of what their float32 form takes. [Images] makes one.
type ImageSet struct {
	spec   Spec
	n      int
	pixels *tensor.Bytes
	labels *tensor.Ints
}

// Images returns a data set of pictures of one size. Reading a sample converts
// its bytes to numbers from 0 to 1:
//
//	x = byte / 255
//
// as torchvision's ToTensor does. Shapes: pixels [N, C, H, W], labels [N].
//
// Labels are from 0 to len(classNames)-1, or to the largest one found if
// classNames is nil. The arrays are not copied unless they are strided views,
// and must not change as long as the data set is in use.
func Images(pixels *tensor.Bytes, labels *tensor.Ints, classNames []string) *ImageSet {
	ds := &ImageSet{}
	ds.spec.Err = ds.set(pixels, labels, classNames)
	return ds
}

func (ds *ImageSet) set(pixels *tensor.Bytes, labels *tensor.Ints, names []string) error {
	if pixels == nil || labels == nil {
		return fmt.Errorf("data: Images: pixels or labels are nil")
	}
	if pixels.Rank() != 4 {
		return fmt.Errorf("data: Images: pixels have shape %v, want [N, C, H, W]", pixels.Shape())
	}
	n := pixels.Dim(0)
	if !labels.Shape().Equal(tensor.Shape{n}) {
		return fmt.Errorf("data: Images: labels have shape %v, want [%d], one for each picture", labels.Shape(), n)
	}
	ds.n, ds.pixels, ds.labels = n, contiguous(pixels), contiguous(labels)
	ds.spec.X, ds.spec.Y = pixels.Shape()[1:].Clone(), tensor.Shape{}
	found, err := countClasses("Images", ds.labels)
	ds.spec.Classes, ds.spec.ClassNames = found, names
	if names != nil {
		ds.spec.Classes = len(names)
		if found > len(names) {
			return fmt.Errorf("data: Images: label %d is too large for %d class names", found-1, len(names))
		}
	}
	return err
}

// Len returns the number of pictures.
func (ds *ImageSet) Len() int { return ds.n }

// Spec says what the samples look like: X [C, H, W], Y a class label.
func (ds *ImageSet) Spec() Spec { return ds.spec }

// Read writes picture i, in numbers from 0 to 1, and its label to dst.
func (ds *ImageSet) Read(i int, dst Sample) error {
	if err := ds.spec.check("Images", i, ds.n, dst); err != nil {
		return err
	}
	x := dst.X.Data()
	for j, b := range row(ds.pixels, i, len(x)) {
		x[j] = unit[b]
	}
	dst.Y.(*tensor.Ints).Raw()[0] = ds.labels.Raw()[i]
	return nil
}

// Label returns the class of picture i.
func (ds *ImageSet) Label(i int) (int, error) {
	return labelAt("Images", ds.spec, ds.labels, ds.n, i)
}

// At returns picture i to look at: in colour if it has three channels, taken as
// red, green and blue, otherwise its first channel in grey. It panics if there
// is no picture i.
func (ds *ImageSet) At(i int) image.Image {
	c, h, w := ds.pixels.Dim(1), ds.pixels.Dim(2), ds.pixels.Dim(3)
	return planar.Image(row(ds.pixels, i, c*h*w), c, h, w)
}

// unit holds b/255 for every byte b.
var unit = func() (t [256]float32) {
	for b := range t {
		t[b] = float32(b) / 255
	}
	return t
}()

package cifar

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// Class is what a picture shows, under the number that CIFAR-10 gives it.
type Class int

// The classes of CIFAR-10.
const (
	Airplane Class = iota
	Automobile
	Bird
	Cat
	Deer
	Dog
	Frog
	Horse
	Ship
	Truck
)

const classes = 10

var classNames = [classes]string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// String returns the name of the class in lower case, such as cat.
func (c Class) String() string {
	if c < 0 || c >= classes {
		return "cifar.Class(" + strconv.Itoa(int(c)) + ")"
	}
	return classNames[c]
}

// Mean and Std are the mean and the standard deviation of the red, green and
// blue values, from 0 to 1, of the 50,000 training pictures. They are not to be
// changed.
var (
	Mean = []float32{0.4914, 0.4822, 0.4465}
	Std  = []float32{0.2470, 0.2435, 0.2616}
)

const (
	side       = 32
	channels   = 3
	pixels     = channels * side * side
	recordSize = 1 + pixels // a label and a picture
	perFile    = 10000      // records in each file
)

// Load returns the training and the test pictures of some classes. With no
// classes it returns those of all ten, labelled with the numbers of CIFAR-10;
// otherwise labels are 0 for the first class given, 1 for the second and so on.
// Pictures come in the order of the files data_batch_1 to data_batch_5.
//
// The path is that of the archive cifar-10-binary.tar.gz, of the folder
// cifar-10-batches-bin that is in it, or of a folder with one of the two.
// Missing and incomplete files, other sizes than those of CIFAR-10 and labels
// that it does not have are errors that name the file and the place.
//
// Both data sets are a [*data.ImageSet], whose method At returns a picture to
// look at.
func Load(path string, classes ...Class) (train, test data.Dataset, err error) {
	return load(path, perFile, classes)
}

// load is [Load] for files with another number of records.
func load(path string, perFile int, classes []Class) (train, test data.Dataset, err error) {
	c, err := newCollector(perFile, classes)
	if err != nil {
		return nil, nil, err
	}
	folder, archive, err := locate(path)
	switch {
	case err != nil:
	case archive != "":
		err = c.readArchiveFile(archive)
	default:
		err = c.readFolder(folder)
	}
	if err != nil {
		return nil, nil, err
	}
	return c.dataset(c.parts[:trainFiles]), c.dataset(c.parts[trainFiles:]), nil
}

// collector takes the pictures of the wanted classes from the files.
type collector struct {
	perFile int
	names   []string     // of the wanted classes
	label   [classes]int // of a class, -1 if it is not wanted
	parts   [len(files)]part
}

// part is what was taken from one file.
type part struct {
	complete bool
	pixels   []uint8
	labels   []int
}

// newCollector returns a collector of some classes, of all if there are none.
func newCollector(perFile int, wanted []Class) (*collector, error) {
	c := &collector{perFile: perFile}
	if len(wanted) == 0 {
		for k := range Class(classes) {
			wanted = append(wanted, k)
		}
	}
	for k := range c.label {
		c.label[k] = -1
	}
	for i, k := range wanted {
		if k < 0 || k >= classes {
			return nil, fmt.Errorf("cifar: class %d does not exist, want 0 to %d", int(k), classes-1)
		}
		if c.label[k] >= 0 {
			return nil, fmt.Errorf("cifar: class %v is given twice", k)
		}
		c.label[k] = i
		c.names = append(c.names, k.String())
	}
	return c, nil
}

// allocate makes room for all records of all files. The system provides only
// the memory that is written to, so that a few classes take little.
func (c *collector) allocate() {
	for _, group := range [][]part{c.parts[:trainFiles], c.parts[trainFiles:]} {
		size := c.perFile * pixels
		all := make([]uint8, len(group)*size)
		for k := range group {
			group[k].pixels = all[k*size : k*size]
		}
	}
}

// dataset returns the pictures of some parts, which allocate made neighbours.
func (c *collector) dataset(parts []part) data.Dataset {
	pix, labels := parts[0].pixels, parts[0].labels
	for _, p := range parts[1:] {
		pix = append(pix, p.pixels...) // to the left, in the same memory
		labels = append(labels, p.labels...)
	}
	if len(pix) < cap(pix) {
		pix = slices.Clone(pix) // give back the rest
	}
	n := len(labels)
	return data.Images(tensor.New(pix, n, channels, side, side), tensor.New(labels, n), c.names)
}

package mnist

import (
	"fmt"
	"strings"

	"github.com/gannet-ml/gannet/data"
)

// Split is one of the data sets that EMNIST makes of its characters, under the
// name in its files.
type Split string

// The splits of EMNIST.
const (
	ByClass   Split = "byclass"  // 62 classes: digits, upper and lower case
	ByMerge   Split = "bymerge"  // 47 classes: letters of the same form in both cases are one
	Balanced  Split = "balanced" // those of ByMerge, all equally often
	Letters   Split = "letters"  // labels 1 to 26, cases merged; nothing has label 0
	Digits    Split = "digits"   // ten digits, equally often
	LikeMNIST Split = "mnist"    // ten digits, as many as MNIST has
)

const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// emnistNames are the names of the classes, as torchvision's EMNIST has them.
var emnistNames = map[Split][]string{
	ByClass:   strings.Split("0123456789"+upper+strings.ToLower(upper), ""),
	ByMerge:   mergedNames,
	Balanced:  mergedNames,
	Letters:   append([]string{"N/A"}, strings.Split(strings.ToLower(upper), "")...),
	Digits:    digitNames,
	LikeMNIST: digitNames,
}

// mergedNames lacks the lower case of C, I, J, K, L, M, O, P, S, U, V, W, X, Y and
// Z.
var mergedNames = strings.Split("0123456789"+upper+"abdefghnqrt", "")

// LoadEMNIST is [Load] for a split of EMNIST, whose files are called
// emnist-letters-train-images-idx3-ubyte and so on. Pictures, which the files
// hold with rows and columns exchanged, are turned upright.
func LoadEMNIST(dir string, split Split) (train, test data.Dataset, err error) {
	names, ok := emnistNames[split]
	if !ok {
		return nil, nil, fmt.Errorf("mnist: EMNIST has no split %q, want byclass, bymerge, balanced, letters, digits or mnist", string(split))
	}
	prefix := "emnist-" + string(split) + "-"
	return load(dir, layout{prefix + "train", prefix + "test", names, true})
}

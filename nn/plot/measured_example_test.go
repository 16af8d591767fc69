package plot_test

import (
	"fmt"
	"image"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/plot"
	"github.com/gannet-ml/gannet/tensor"
)

// Four logits of class 1, which Evaluate would give the metrics.
var (
	logits = tensor.New([]float32{-2, -0.5, 0.5, 3}, 4)
	labels = tensor.New([]int{0, 1, 0, 1}, 4)
)

func ExampleROC() {
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	m := metric.ROC()
	if err := m.Update(logits, labels); err != nil {
		fmt.Println(err)
	}
	c := m.Curve(1)
	err = plot.ROC(filepath.Join(dir, "roc.svg"), plot.Series{Name: "Gannet", X: c.X, Y: c.Y})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleReliability() {
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	m := metric.ECE(10)
	if err := m.Update(logits, labels); err != nil {
		fmt.Println(err)
	}
	err = plot.Reliability(filepath.Join(dir, "reliability.svg"), m.Bins())
	fmt.Println(err)
	// Output: <nil>
}

// The pictures that the network is most wrong about; that of sample i comes from
// the data set.
func ExampleGallery() {
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	picture := func(i int) image.Image { return image.NewGray(image.Rect(0, 0, 32, 32)) }

	m := metric.WorstMistakes(12)
	if err := m.Update(logits, labels); err != nil {
		fmt.Println(err)
	}
	names := []string{"cat", "dog"}
	var sheet []plot.Picture
	for _, w := range m.Worst() {
		sheet = append(sheet, plot.Picture{
			Image: picture(w.Sample), True: names[w.True], Predicted: names[w.Predicted], Probability: w.Probability,
		})
		fmt.Printf("sample %d: true %s, predicted %s %.1f%%\n", w.Sample, names[w.True], names[w.Predicted], 100*w.Probability)
	}
	fmt.Println(plot.Gallery(filepath.Join(dir, "mistakes.svg"), sheet...))
	// Output:
	// sample 1: true dog, predicted cat 62.2%
	// sample 2: true cat, predicted dog 62.2%
	// <nil>
}

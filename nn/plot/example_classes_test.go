package plot_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/plot"
)

func ExampleConfusion() {
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	m := metric.ConfusionMatrix()
	if err := m.Update(logits, labels); err != nil {
		fmt.Println(err)
	}
	fmt.Println(m.Counts())
	err = plot.Confusion(filepath.Join(dir, "confusion.svg"), m.Counts(), []string{"cat", "dog"})
	fmt.Println(err)
	// Output:
	// [[1 1] [1 1]]
	// <nil>
}

func ExamplePrecisionRecall() {
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	m := metric.PrecisionRecall()
	if err := m.Update(logits, labels); err != nil {
		fmt.Println(err)
	}
	c := m.Curve(1)
	err = plot.PrecisionRecall(filepath.Join(dir, "precision-recall.svg"), plot.Series{Name: "Gannet", X: c.X, Y: c.Y})
	fmt.Println(err)
	// Output: <nil>
}

package plot_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/plot"
)

// Two runs in one picture; a history is what Fit returns.
func Example() {
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	ours := &nn.History{Epochs: []nn.EpochRecord{
		{Epoch: 1, Loss: 0.69, Validation: map[string]float64{"accuracy": 0.55}},
		{Epoch: 2, Loss: 0.61, Validation: map[string]float64{"accuracy": 0.66}},
	}}
	theirs := &nn.History{Epochs: []nn.EpochRecord{
		{Epoch: 1, Loss: 0.68, Validation: map[string]float64{"accuracy": 0.57}},
		{Epoch: 2, Loss: 0.62, Validation: map[string]float64{"accuracy": 0.65}},
	}}
	err = plot.Curves(filepath.Join(dir, "curves.svg"), plot.Run{Name: "Gannet", History: ours}, plot.Run{Name: "PyTorch", History: theirs})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleLines() {
	err := plot.Lines("speed.jpg", plot.Panel{
		X: "batch size", Y: "samples/s",
		Series: []plot.Series{{Name: "training", X: []float64{1, 8, 64}, Y: []float64{210, 1400, 4000}}},
	})
	fmt.Println(err)
	// Output: plot: speed.jpg: suffix is ".jpg", want .png or .svg
}

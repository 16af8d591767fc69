package tensorboard_test

import (
	"fmt"
	"image"
	"log"
	"os"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/tensorboard"
)

// inFolder writes events to a new file, which it then removes.
func inFolder(write func(w *tensorboard.Writer) error) {
	dir, err := os.MkdirTemp("", "runs")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	w, err := tensorboard.Create(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(write(w), w.Close())
}

// What a loop of one's own measures.
func ExampleWriter_Scalar() {
	inFolder(func(w *tensorboard.Writer) error {
		for step, loss := range []float64{0.69, 0.52, 0.41} {
			if err := w.Scalar("train/loss", step, loss); err != nil {
				return err
			}
		}
		return nil
	})
	// Output: <nil> <nil>
}

// How the weights of a network are distributed before it is trained.
func ExampleWriter_Histogram() {
	net, err := nn.Init(1, nn.Seq(nn.NewLinear(4, 16), nn.ReLU, nn.NewLinear(16, 1)))
	if err != nil {
		log.Fatal(err)
	}
	inFolder(func(w *tensorboard.Writer) error {
		for _, p := range nn.Params(net) {
			fmt.Println(p.Name)
			if err := w.Histogram(p.Name, 0, p.Value.Data()); err != nil {
				return err
			}
		}
		return nil
	})
	// Output:
	// 0.weight
	// 0.bias
	// 2.weight
	// 2.bias
	// <nil> <nil>
}

// A picture that the network is trained on.
func ExampleWriter_Image() {
	inFolder(func(w *tensorboard.Writer) error {
		return w.Image("train/first", 0, image.NewGray(image.Rect(0, 0, 28, 28)))
	})
	// Output: <nil> <nil>
}

// Events wait in memory until Flush, so that TensorBoard can show them while
// training goes on.
func ExampleWriter_Flush() {
	size := func(w *tensorboard.Writer) int64 {
		info, err := os.Stat(w.Name())
		if err != nil {
			log.Fatal(err)
		}
		return info.Size()
	}
	inFolder(func(w *tensorboard.Writer) error {
		begin := size(w)
		if err := w.Scalar("train/loss", 1, 0.69); err != nil {
			return err
		}
		waiting := size(w) == begin
		err := w.Flush()
		fmt.Println(waiting, size(w) > begin)
		return err
	})
	// Output:
	// true true
	// <nil> <nil>
}

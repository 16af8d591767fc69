package nn_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
)

// The weights of the best epoch, whatever came after it.
func ExampleKeepBest() {
	dir, err := os.MkdirTemp("", "gannet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "best.safetensors")

	ctx, trainer, goal := context.Background(), stripesTrainer(0.01), nn.Lowest("loss")
	loader, test := data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1)), data.NewLoader(stripes())
	h, err := trainer.Fit(ctx, loader, nn.Epochs(5), nn.Validate(test), nn.KeepBest(path, goal))
	if err != nil {
		log.Fatal(err)
	}
	if err := nn.LoadWeights(path, trainer.Model); err != nil {
		log.Fatal(err)
	}
	r, err := trainer.Evaluate(ctx, test)
	if err != nil {
		log.Fatal(err)
	}
	best, err := goal.Best(h)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the same loss:", r.Values["loss"] == h.Epochs[best].Validation["loss"])
	// Output: the same loss: true
}

// A folder of the last two checkpoints, and a run that goes on from there.
func ExampleKeepLast() {
	dir, err := os.MkdirTemp("", "gannet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	for _, epochs := range []int{3, 5} {
		loader := data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1))
		_, err := stripesTrainer(0.01).Fit(context.Background(), loader,
			nn.Epochs(epochs), nn.KeepLast(dir, 2), nn.Resume(dir))
		if err != nil {
			log.Fatal(err)
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			log.Fatal(err)
		}
		for _, f := range files {
			fmt.Println(f.Name())
		}
	}
	// Output:
	// epoch-00002.safetensors
	// epoch-00003.safetensors
	// epoch-00004.safetensors
	// epoch-00005.safetensors
}

package nn_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/catdog/drawings"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
)

// The program of the README: a network learns to tell drawings of cats from
// drawings of dogs.
func Example() {
	ctx := context.Background()
	train := data.Images(drawings.Make(1000, 1)) // 1000 pictures from seed 1, bytes [1000 3 32 32]
	test := data.Images(drawings.Make(400, 2))

	net, err := nn.Init(1, nn.Seq(
		conv.New2D(3, 16, 5, conv.Same, conv.Stride(2, 2)), nn.ReLU,
		conv.New2D(16, 32, 3, conv.Same), nn.ReLU,
		conv.MaxPool2D(2), nn.Flatten,
		nn.NewLinear(32*8*8, 2),
	))
	if err != nil {
		log.Fatal(err)
	}
	t := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), 0.002)}
	if _, err := t.Fit(ctx, data.NewLoader(train, data.BatchSize(20), data.Shuffle(1)), nn.Epochs(6)); err != nil {
		log.Fatal(err)
	}
	report, err := t.Evaluate(ctx, data.NewLoader(test), metric.Accuracy())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("right on %d of 10 drawings it has not seen\n", int(10*report.Values["accuracy"]))
	// Output: right on 9 of 10 drawings it has not seen
}

// TestReadme keeps the README's program equal to the example above, which is
// compiled and run.
func TestReadme(t *testing.T) {
	body := func(file, from, to string) string {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, s, ok := strings.Cut(string(raw), from)
		s, _, end := strings.Cut(s, to)
		if !ok || !end {
			t.Fatalf("%s has no program between %q and %q", file, from, to)
		}
		return strings.TrimSpace(s)
	}
	want := body("readme_test.go", "func Example() {", "\t// Output: ")
	if got := body("../README.md", "func main() {", "\n}\n```"); got != want {
		t.Errorf("the program of README.md is\n%s\nwant\n%s", got, want)
	}
}

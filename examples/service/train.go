package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/image"
	"github.com/gannet-ml/gannet/data/mnist"
	"github.com/gannet-ml/gannet/examples/mnist/digits"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
)

// drawn is what comes of training on drawn digits.
type drawn struct {
	repository string   // the folder with the model
	accuracy   float64  // on digits it has not learnt from
	picture    string   // a file with a digit
	digit      int      // that it shows
	request    string   // a file with the same as a request for inference
	examples   [][]byte // a picture of each digit
}

// train is the command that trains only.
func train(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("want train FILE: where to keep the model")
	}
	_, err := trainTo(ctx, args[0])
	return err
}

// trainTo trains a small network on drawn digits, keeps it in a file and returns
// its accuracy on others.
func trainTo(ctx context.Context, path string) (float64, error) {
	const seed, epochs = 1, 4
	train, test := data.Images(digits.Make(5000, seed)), data.Images(digits.Make(1000, seed+1))
	classes := train.Spec().ClassNames
	net, err := nn.Init(seed, nn.Seq(
		conv.New2D(1, 8, 3, conv.Same), nn.ReLU, conv.MaxPool2D(2),
		conv.New2D(8, 16, 3, conv.Same), nn.ReLU, conv.MaxPool2D(2),
		nn.Flatten, nn.NewLinear(16*7*7, len(classes)),
	))
	if err != nil {
		return 0, err
	}
	fmt.Printf("Training on %d digits that a program has drawn, to test with %d others.\n", train.Len(), test.Len())
	// People write larger and smaller than the program draws.
	changed := data.RandomAffine(10, data.Translate(0.1, 0.1), data.Scale(0.8, 1.4), data.Bilinear)
	prepared := data.Pipeline{data.Resize(digits.Size, digits.Size), data.Normalize(mnist.Mean, mnist.Std)}
	loader := data.NewLoader(data.Map(train, changed, prepared), data.BatchSize(50), data.Shuffle(seed))
	t := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdamW(nn.Params(net), 0.01), Seed: seed}
	if _, err := t.Fit(ctx, loader, nn.Epochs(epochs), nn.ScheduleSteps(optim.OneCycle(epochs*loader.Batches())), progress.Bar(os.Stderr)); err != nil {
		return 0, err
	}
	report, err := t.Evaluate(ctx, data.NewLoader(data.Map(test, prepared), data.BatchSize(250)), metric.Accuracy())
	if err != nil {
		return 0, err
	}
	accuracy := report.Values["accuracy"]
	fmt.Printf("%.1f %% of the others are right.\n", 100*accuracy)
	info := nn.Info{Input: train.Spec().X, Classes: classes, Preprocess: prepared}
	return accuracy, nn.Save(path, net, info)
}

// draw trains a network and writes to a folder the model, as a repository, and what
// the commands send that are printed.
func draw(ctx context.Context, out string) (*drawn, error) {
	d := &drawn{
		repository: filepath.Join(out, "models"), request: filepath.Join(out, "request.json"), digit: 7,
		picture: filepath.Join(out, "digit-7.png"),
	}
	folder := filepath.Join(d.repository, "digits", "1")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	var err error
	if d.accuracy, err = trainTo(ctx, filepath.Join(folder, modelFile)); err != nil {
		return nil, err
	}
	if d.examples, err = examples(); err != nil {
		return nil, err
	}
	body, err := requestFor(d.examples[d.digit])
	if err != nil {
		return nil, err
	}
	return d, errors.Join(os.WriteFile(d.picture, d.examples[d.digit], 0o644), os.WriteFile(d.request, body, 0o644))
}

// examples returns a picture of each digit, of those that no network here has seen.
func examples() ([][]byte, error) {
	set := data.Images(digits.Make(10, 7))
	list := make([][]byte, set.Len())
	for i := range list {
		var b bytes.Buffer
		if err := png.Encode(&b, set.At(i)); err != nil {
			return nil, err
		}
		list[i] = b.Bytes()
	}
	return list, nil
}

// requestFor returns a request for inference of a picture.
func requestFor(picture []byte) ([]byte, error) {
	img, err := image.Decoder{}.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	x := image.ToGrayTensor(img, 0, 0)
	type input struct {
		Name     string       `json:"name"`
		Datatype oip.Datatype `json:"datatype"`
		Shape    tensor.Shape `json:"shape"`
		Data     []float32    `json:"data"`
	}
	return json.Marshal(map[string]any{"inputs": []input{{"input", oip.FP32, append(tensor.Shape{1}, x.Shape()...), x.Data()}}})
}

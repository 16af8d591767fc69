package main

import (
	"context"
	"fmt"
	"io"

	"github.com/gannet-ml/gannet/data/image"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// classify prints the probability of each class for a picture.
func classify(ctx context.Context, w io.Writer, picture, model string) error {
	net, info, err := nn.Load(model)
	if err != nil {
		return err
	}
	if len(info.Input) != 3 || len(info.Classes) == 0 {
		return fmt.Errorf("%s is no classifier of pictures: input %v, %d classes", model, info.Input, len(info.Classes))
	}
	img, err := image.Open(picture)
	if err != nil {
		return err
	}
	x, err := info.Preprocess.Run(image.ToTensor(img, 0, 0))
	if err != nil {
		return err
	}
	p, err := nn.NewPredictor(nn.Seq(net, nn.Softmax), info.Input)
	if err != nil {
		return err
	}
	defer p.Close()
	y, err := p.Predict(ctx, x.Reshape(append(tensor.Shape{1}, info.Input...)...))
	if err != nil {
		return err
	}
	for i, c := range info.Classes {
		fmt.Fprintf(w, "  %-4s %5.1f %%\n", c, 100*y.At(0, i))
	}
	return nil
}

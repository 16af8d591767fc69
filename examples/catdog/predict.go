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
	p, err := nn.NewPredictor(nn.Seq(net, nn.Softmax), info.Input)
	if err != nil {
		return fmt.Errorf("%s: %w", model, err)
	}
	defer p.Close()
	if len(info.Input) != 3 || !p.OutputShape().Equal(tensor.Shape{len(info.Classes)}) {
		return fmt.Errorf("%s is no classifier of pictures: input %v, output %v, %d classes",
			model, info.Input, p.OutputShape(), len(info.Classes))
	}
	img, err := image.Open(picture)
	if err != nil {
		return err
	}
	x, err := info.Preprocess.Run(image.ToTensor(img, 0, 0))
	if err != nil {
		return err
	}
	if !x.Shape().Equal(info.Input) {
		return fmt.Errorf("%s makes an input of shape %v of %s, want %v", model, x.Shape(), picture, info.Input)
	}
	y, err := p.Predict(ctx, x.Reshape(append(tensor.Shape{1}, info.Input...)...))
	if err != nil {
		return err
	}
	for i, c := range info.Classes {
		fmt.Fprintf(w, "  %-4s %5.1f %%\n", c, 100*y.At(0, i))
	}
	return nil
}

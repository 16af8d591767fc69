package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/gannet-ml/gannet/data/image"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// Prediction holds the flags of a command that also classifies a single picture.
type Prediction struct{ Picture, Model string }

// Flags adds -predict and -load.
func (p *Prediction) Flags(f *flag.FlagSet) {
	f.StringVar(&p.Picture, "predict", "", "classify this `picture` (PNG or JPEG) with the model of -load")
	f.StringVar(&p.Model, "load", "", "model `file` for -predict")
}

// Check reports one of the flags without the other.
func (p *Prediction) Check() error {
	if (p.Picture == "") != (p.Model == "") {
		return errors.New("-predict PICTURE and -load MODEL go together")
	}
	return nil
}

// Classify prints the probability of each class for a picture, as the model in a
// file sees it: the three most probable ones if there are more.
func Classify(ctx context.Context, w io.Writer, picture, model string) error {
	net, info, err := nn.Load(model)
	if err != nil {
		return err
	}
	p, err := info.Predictor(net)
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
	colours := image.ToTensor
	if info.Input[0] == 1 {
		colours = image.ToGrayTensor
	}
	x, err := info.Preprocess.Run(colours(img, 0, 0))
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
	return Probable(w, info.Classes, y)
}

// Probable prints the three most probable classes, of which y [1, classes] has the
// probabilities.
func Probable(w io.Writer, classes []string, y *tensor.Tensor) error {
	order := make([]int, len(classes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(y.At(0, b), y.At(0, a)) })
	for _, i := range order[:min(3, len(order))] {
		if _, err := fmt.Fprintf(w, "  %-10s %5.1f %%\n", classes[i], 100*y.At(0, i)); err != nil {
			return err
		}
	}
	return nil
}

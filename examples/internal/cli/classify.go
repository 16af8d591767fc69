package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/image"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// Prediction holds the flags of a command that also says what a model makes of a
// single sample.
type Prediction struct{ Sample, Model string }

// Flags adds -predict and -load; the usage says what -predict does with which sample.
func (p *Prediction) Flags(f *flag.FlagSet, usage string) {
	f.StringVar(&p.Sample, "predict", "", usage+" with the model of -load")
	f.StringVar(&p.Model, "load", "", "model `file` for -predict")
}

// Check reports one of the flags without the other.
func (p *Prediction) Check() error {
	if (p.Sample == "") != (p.Model == "") {
		return errors.New("-predict and -load MODEL go together")
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
	return probable(w, info.Classes, y)
}

// ClassifyText prints the probability of each class for a text, as Classify does. The
// network takes the numbers of tokens and how many there are.
func ClassifyText(ctx context.Context, w io.Writer, s, model string) error {
	net, info, err := nn.Load(model)
	if err != nil {
		return err
	}
	encoder, err := text.ParseEncoder(info.Encoder)
	if err != nil {
		return fmt.Errorf("%s has no encoder of texts: %w", model, err)
	}
	p, err := info.Predictor(net)
	if err != nil {
		return fmt.Errorf("%s: %w", model, err)
	}
	defer p.Close()
	if len(info.Input) != 1 || len(info.More) != 1 || !p.OutputShape().Equal(tensor.Shape{len(info.Classes)}) {
		return fmt.Errorf("%s is no classifier of texts: inputs %v and %v, output %v, %d classes",
			model, info.Input, info.More, p.OutputShape(), len(info.Classes))
	}
	ids, err := encoder.Encode(s)
	if err != nil {
		return fmt.Errorf("%q: %w", s, err)
	}
	x, err := data.Get(text.Classified([][]int{ids}, []int{0}, info.Classes, text.Steps(info.Input[0])), 0)
	if err != nil {
		return fmt.Errorf("%q: %w", s, err)
	}
	y, err := p.Predict(ctx, x.X.Reshape(1, x.X.Len()), x.More[0].Reshape(1))
	if err != nil {
		return err
	}
	return probable(w, info.Classes, y)
}

// probable prints the three most probable classes, of which y [1, classes] has the
// probabilities.
func probable(w io.Writer, classes []string, y *tensor.Tensor) error {
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

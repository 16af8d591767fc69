package nn_test

import (
	"os"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

func TestSummary(t *testing.T) {
	net := initialised(t, nn.Seq(newResidual(3), nn.Flatten, nn.NewDropout(0.5), nn.NewLinear(48, 10), nn.Softmax))
	net.Layers[3].(*nn.Linear).Weight.Frozen = true
	o, err := nn.Summary(net, tensor.Shape{3, 4, 4})
	if err != nil {
		t.Fatal(err)
	}
	const conv, norm = 3*3*9 + 3, 6
	if want := 2*conv + 2*norm + 10; o.Trainable != want {
		t.Errorf("%d trainable parameters, want %d", o.Trainable, want)
	}
	if want := 2*6 + 480; o.Fixed != want {
		t.Errorf("%d fixed parameters, want %d", o.Fixed, want)
	}
	want, err := os.ReadFile("testdata/summary.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := o.String(); got != string(want) {
		t.Errorf("summary is\n%s\nwant\n%s", got, want)
	}
}

// TestSummaryTied counts a parameter that is used twice once.
func TestSummaryTied(t *testing.T) {
	l := nn.NewLinear(3, 3)
	o, err := nn.Summary(initialised(t, nn.Seq(l, l)), tensor.Shape{3})
	if err != nil {
		t.Fatal(err)
	}
	if o.Trainable != 12 || o.Operations[0].Params != 12 || o.Operations[1].Params != 0 {
		t.Errorf("summary is %+v, want 12 parameters, all of the first operation", o)
	}
}

func TestSummaryErrors(t *testing.T) {
	for _, c := range []struct {
		net  nn.Module
		want string
	}{
		{nn.NewLinear(2, 2), "grad: Param: parameter of shape [2 2] has no value"},
		{initialised(t, nn.Seq(nn.ReLU, nn.NewLinear(4, 2))), "nn: Seq.1 (Linear): input has 3 features, want 4"},
		{&unexportedParam{weight: one()}, "nn: Summary: the network: field weight of"},
	} {
		o, err := nn.Summary(c.net, tensor.Shape{3})
		if err == nil || o != nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("Summary: %v, %v; want %s", o, err, c.want)
		}
	}
	for _, s := range []tensor.Shape{{-1}, {1 << 20, 1 << 20}} { // which a file may ask for
		if _, err := nn.Summary(nn.Flatten, s); err == nil || !strings.HasPrefix(err.Error(), "nn: Summary: ") {
			t.Errorf("Summary of samples %v: %v, want an error", s, err)
		}
	}
}

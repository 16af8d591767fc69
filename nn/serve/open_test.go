package serve_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/tensor"
)

// TestOpen reads the folder of a version.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if _, err := serve.Open(dir); err == nil || !strings.Contains(err.Error(), "model.safetensors") {
		t.Errorf("an empty folder: error %v, want one that names model.safetensors", err)
	}
	net, err := nn.Init(1, nn.Seq(nn.NewLinear(3, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if err := nn.Save(filepath.Join(dir, "model.safetensors"), net, nn.Info{Input: tensor.Shape{3}}); err != nil {
		t.Fatal(err)
	}
	n, err := serve.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if out, err := n.Infer(context.Background(), request(1, 2, 3).Inputs); err != nil || !out[0].Shape.Equal(tensor.Shape{1, 2}) {
		t.Errorf("Infer: %v, %v, want an output of shape [1 2]", out, err)
	}
}

package inspect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/inspect"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// step trains a small network for one step under the eyes of an observer.
func step(observer grad.Observer) {
	net, err := nn.Init(1, nn.Seq(nn.NewLinear(4, 16), nn.ReLU, nn.NewLinear(16, 1)))
	if err != nil {
		log.Fatal(err)
	}
	x := tensor.Uniform(1, 0, 1, 64, 4)
	trainer := nn.Trainer{Model: net, Loss: nn.MSE, Optimizer: optim.NewSGD(nn.Params(net), 0.1)}
	loader := data.NewLoader(data.Tensors(x, tensor.Sum(x, 1).Reshape(64, 1)), data.BatchSize(64))
	if _, err := trainer.Fit(context.Background(), loader, nn.Observe(observer)); err != nil {
		log.Fatal(err)
	}
}

// The numbers behind Problems and the table of String.
func ExampleHealth_Signs() {
	var health inspect.Health
	step(&health)
	for _, s := range health.Signs() {
		fmt.Printf("%-1s %-6s output %.2f, %.0f %% zeros\n", s.Layer, s.Op, s.Output, 100*s.Zeros)
	}
	// Output:
	// 0 Linear output 0.38, 0 % zeros
	// 1 ReLU   output 0.27, 48 % zeros
	// 2 Linear output 0.12, 0 % zeros
	//   MSE    output 4.18, 0 % zeros
}

// The file is for go tool pprof -http :8000 step.pprof.
func ExampleProfile_WritePprof() {
	dir, err := os.MkdirTemp("", "profile")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	var profile inspect.Profile
	step(&profile)

	f, err := os.Create(filepath.Join(dir, "step.pprof"))
	if err != nil {
		log.Fatal(err)
	}
	if err := profile.WritePprof(f); err != nil {
		log.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Name(), info.Size() > 100, f.Close())
	// Output: step.pprof true <nil>
}

// The trace is for chrome://tracing or ui.perfetto.dev; here it is read again.
func ExampleProfile_WriteTrace() {
	var profile inspect.Profile
	step(&profile)
	var file bytes.Buffer
	if err := profile.WriteTrace(&file); err != nil {
		log.Fatal(err)
	}
	var trace struct {
		TraceEvents []struct{ Name, Cat string }
	}
	if err := json.Unmarshal(file.Bytes(), &trace); err != nil {
		log.Fatal(err)
	}
	for _, e := range trace.TraceEvents {
		fmt.Println(e.Cat, e.Name)
	}
	// Output:
	// forward 0 Linear
	// forward 1 ReLU
	// forward 2 Linear
	// forward MSE
	// backward MSE
	// backward 2 Linear
	// backward 1 ReLU
	// backward 0 Linear
}

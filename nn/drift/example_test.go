package drift_test

import (
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/nn/drift"
	"github.com/gannet-ml/gannet/tensor"
)

// A sample of the inputs of a network, and what it answered.
func sample(seed uint64, n int) (x, y *tensor.Tensor) {
	x = tensor.Normal(seed, 0, 1, n, 2)
	return x, tensor.MulScalar(x, 3)
}

// Requests with larger numbers than before.
func Example() {
	x, y := sample(1, 1500)
	ref, err := drift.NewReference(x, y, drift.Names("width", "height"))
	if err != nil {
		log.Fatal(err)
	}
	m, err := drift.NewMonitor(ref, drift.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for seed := range uint64(20) {
		x, y := sample(2+seed, 32)
		tensor.AddTo(x, x, tensor.New([]float32{0.6, 0}, 2)) // a new camera
		if err := m.Observe(x, y); err != nil {
			log.Fatal(err)
		}
	}
	r := m.Report()
	fmt.Println(r.Verdict, r.Samples)
	for _, f := range r.Inputs {
		fmt.Printf("%s: mean moved by %.1f, drifted %v\n", f.Name, math.Abs(f.Mean-f.ReferenceMean), f.Drifted)
	}
	// Output:
	// alarm 640
	// width: mean moved by 0.6, drifted true
	// height: mean moved by 0.0, drifted false
}

// A reference is kept with the model.
func ExampleReference_Save() {
	dir, err := os.MkdirTemp("", "gannet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "drift.json")

	ref, err := drift.NewReference(sample(1, 1500))
	if err != nil {
		log.Fatal(err)
	}
	if err := ref.Save(path); err != nil {
		log.Fatal(err)
	}
	if ref, err = drift.Load(path); err != nil {
		log.Fatal(err)
	}
	fmt.Println(ref.Samples())

	// The file may also be in the program, by go:embed.
	embedded, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	ref, err = drift.Parse(embedded)
	fmt.Println(ref.Samples(), err)
	// Output:
	// 1500
	// 1500 <nil>
}

// A data set of any size, batch by batch.
func ExampleBuilder() {
	b := drift.NewBuilder(drift.SampleSize(1000), drift.Seed(1))
	for seed := range uint64(50) {
		if err := b.Add(sample(seed, 64)); err != nil {
			log.Fatal(err)
		}
	}
	ref, err := b.Reference()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ref.Samples())
	// Output: 3200
}

// Features of one's own: here the length of a row.
func ExampleFeatures() {
	length := func(dst, x *tensor.Tensor) error {
		tensor.SqrtTo(dst, tensor.Sum(tensor.Square(x), 1).Unsqueeze(1))
		return nil
	}
	x, _ := sample(1, 1500)
	ref, err := drift.NewReference(x, nil, drift.Features([]string{"length"}, length))
	if err != nil {
		log.Fatal(err)
	}
	m, err := drift.NewMonitor(ref, drift.Options{Features: length})
	if err != nil {
		log.Fatal(err)
	}
	x, _ = sample(2, 500)
	if err := m.Observe(tensor.MulScalar(x, 2), nil); err != nil {
		log.Fatal(err)
	}
	f := m.Report().Inputs[0]
	fmt.Println(f.Name, f.Verdict)
	// Output: length alarm
}

// Numbers for gauges.
func ExampleReport_Values() {
	ref, err := drift.NewReference(sample(1, 1500))
	if err != nil {
		log.Fatal(err)
	}
	m, err := drift.NewMonitor(ref, drift.Options{})
	if err != nil {
		log.Fatal(err)
	}
	if err := m.Observe(sample(2, 500)); err != nil {
		log.Fatal(err)
	}
	m.Report().Values(func(name, feature string, v float64) {
		if name == "verdict" {
			fmt.Printf("%s{feature=%q} %v\n", name, feature, v)
		}
	})
	// Output:
	// verdict{feature=""} 0
	// verdict{feature="x0"} 0
	// verdict{feature="x1"} 0
	// verdict{feature="entropy"} 0
	// verdict{feature="confidence"} 0
	// verdict{feature="energy"} 0
	// verdict{feature="distance"} 0
	// verdict{feature="classes"} 0
}

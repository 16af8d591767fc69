package ctc_test

import (
	"context"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/ctc"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
)

// letters are the classes; the first is the blank.
const letters = "-abc"

func text(labels []int) string {
	s := ""
	for _, k := range labels {
		s += letters[k : k+1]
	}
	return s
}

// A path that reads as "aab": equal letters are merged unless a blank parts them.
func ExampleGreedy() {
	x := tensor.Zeros(1, 7, 4)
	for t, k := range []int{1, 1, 0, 1, 2, 2, 0} {
		x.Set(5, 0, t, k)
	}
	for _, steps := range []int{7, 3} {
		labels, err := ctc.Greedy(x, []int{steps}, 0)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(text(labels[0]))
	}
	// Output:
	// aab
	// a
}

// The best path has two blanks and a probability of 0.36, but three paths read as "a",
// with 0.64 together.
func ExampleBeam() {
	x := tensor.Log(tensor.New([]float32{0.6, 0.4, 0.6, 0.4}, 1, 2, 2))
	greedy, err := ctc.Greedy(x, nil, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("greedy %q\n", text(greedy[0]))
	found, err := ctc.Beam{Width: 8, Best: 2}.Decode(x, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range found[0] {
		fmt.Printf("%q %.2f\n", text(h.Labels), math.Exp(h.LogProb))
	}
	// Output:
	// greedy ""
	// "a" 0.64
	// "" 0.36
}

// A language in which b follows a more often than c does. It decides where the network
// is not sure.
func ExampleScorer() {
	x := tensor.Log(tensor.New([]float32{
		0.05, 0.85, 0.05, 0.05,
		0.05, 0.05, 0.4, 0.5,
	}, 1, 2, 4))
	follows := func(prefix []int, next []float64) error {
		if n := len(prefix); n > 0 && letters[prefix[n-1]] == 'a' {
			next[2], next[3] = math.Log(0.9), math.Log(0.1)
		}
		return nil
	}
	for _, scorer := range []ctc.Scorer{nil, follows} {
		found, err := ctc.Beam{Scorer: scorer}.Decode(x, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		h := found[0][0]
		fmt.Printf("%s, log-probability %.2f, score %.2f\n", text(h.Labels), h.LogProb, h.Score)
	}
	// Output:
	// ac, log-probability -0.86, score -0.86
	// ab, log-probability -1.08, score -1.18
}

// A network learns to read words of which only the letters are known, not where each
// begins: letters take one to three steps.
func Example() {
	words := []string{"abc", "ab", "cab", "bb", "acca", "b", "ca", "bac"}
	const steps, most = 16, 4
	batch := data.Batch{X: tensor.Normal(1, 0, 0.2, len(words), steps, 3), Y: tensor.Make[int](len(words), most)}
	lengths := make([]int, len(words))
	for i, w := range words {
		t := 0
		for j, letter := range w {
			k := int(letter - 'a')
			batch.Y.(*tensor.Ints).Set(k+1, i, j)
			for range 1 + (i+j)%3 {
				batch.X.Set(1, i, t, k)
				t++
			}
			t++ // nothing
		}
		lengths[i] = t
	}
	batch.More = []*tensor.Tensor{tensor.Zeros(len(words))}
	for i, n := range lengths {
		batch.More[0].Set(float32(n), i)
	}

	net, err := nn.Init(1, nn.Seq(rnn.NewGRU(3, 16), nn.Inputs(nn.NewLinear(16, len(letters)), nn.Identity)))
	if err != nil {
		fmt.Println(err)
		return
	}
	trainer := nn.Trainer{Model: net, Loss: nn.CTC, Optimizer: optim.NewAdam(nn.Params(net), 0.03)}
	for range 60 {
		if _, err := trainer.Step(&batch); err != nil {
			fmt.Println(err)
			return
		}
	}
	p, err := nn.NewPredictor(nn.Seq(net, rnn.Padded), tensor.Shape{steps, 3}, tensor.Shape{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	y, err := p.Predict(context.Background(), batch.X, batch.More...)
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := ctc.Greedy(y, lengths, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, labels := range found {
		fmt.Print(text(labels), " ")
	}
	// Output: abc ab cab bb acca b ca bac
}

package mnist_test

import (
	"bytes"
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/mnist"
)

func ExampleLoad() {
	train, test, err := mnist.Load("mnist")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), test.Len(), train.Spec().X) // 60000 10000 [1 28 28]
	train = data.Map(train, data.Normalize(mnist.Mean, mnist.Std))
	loader := data.NewLoader(train, data.BatchSize(64), data.Shuffle(1))
	fmt.Println(loader.Batches()) // 938
}

func ExampleLoadEMNIST() {
	train, _, err := mnist.LoadEMNIST("emnist", mnist.Letters)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), train.Spec().ClassNames[1:4]) // 124800 [a b c]
}

func ExampleDecodeIDX() {
	file := []byte{
		0, 0, 0x0B, 2, // int16, two axes
		0, 0, 0, 2, 0, 0, 0, 2, // of sizes 2 and 2
		0, 1, 0, 2, 0, 3, 1, 0,
	}
	a, err := mnist.DecodeIDX(bytes.NewReader(file))
	fmt.Println(a, err)

	_, err = mnist.DecodeIDX(bytes.NewReader(file[:15]))
	fmt.Println(err)
	// Output:
	// [[  1   2]
	//  [  3 256]] <nil>
	// mnist: byte 15: shape [2 2] has 8 bytes of data: unexpected EOF
}

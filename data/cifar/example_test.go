package cifar_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/cifar"
)

func ExampleLoad() {
	train, test, err := cifar.Load("cifar-10-batches-bin", cifar.Cat, cifar.Dog)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), test.Len(), train.Spec().ClassNames) // 10000 2000 [cat dog]

	// As usual for training: other crops and flips in every epoch.
	train = data.Map(train,
		data.RandomCrop(32, 4),
		data.RandomHorizontalFlip(0.5),
		data.Normalize(cifar.Mean, cifar.Std))
	loader := data.NewLoader(train, data.BatchSize(64), data.Shuffle(1))
	fmt.Println(loader.Batches()) // 157
}

func ExampleClass() {
	fmt.Println(cifar.Cat, int(cifar.Cat))
	// Output: cat 3
}

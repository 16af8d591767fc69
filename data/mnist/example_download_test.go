package mnist_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/gannet-ml/gannet/data/mnist"
)

func ExampleDownload() {
	dir, err := mnist.Download(context.Background(), "", func(file string, done, total int64) {
		fmt.Printf("\r%s: %d of %d kB", file, done>>10, total>>10)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	train, test, err := mnist.Load(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), test.Len()) // 60000 10000
}

func ExampleDownloadFashion() {
	dir, err := mnist.DownloadFashion(context.Background(), "", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	train, _, err := mnist.LoadFashion(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), train.Spec().ClassNames[:2]) // 60000 [T-shirt/top Trouser]
}

// Whoever waits can give up; the next call goes on from what has arrived.
func ExampleDownload_canceled() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = mnist.Download(ctx, dir, nil)
	fmt.Println(errors.Is(err, context.Canceled))
	_, err = mnist.DownloadFashion(ctx, dir, nil)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// true
	// true
}

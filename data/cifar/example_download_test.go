package cifar_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gannet-ml/gannet/data/cifar"
)

func ExampleDownload() {
	path, err := cifar.Download(context.Background(), "", func(done, total int64) {
		fmt.Printf("\r%d of %d MB", done>>20, total>>20)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	train, test, err := cifar.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), test.Len()) // 50000 10000
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
	_, err = cifar.Download(ctx, dir, nil)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output: true
}

// What is missing can be told from what is wrong.
func ExampleLoad_error() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	_, _, err = cifar.Load(dir)
	fmt.Println(errors.Is(err, fs.ErrNotExist)) // so that Download is what helps

	_, _, err = cifar.Load(dir, cifar.Cat, cifar.Dog, cifar.Cat)
	fmt.Println(err)
	// Output:
	// true
	// cifar: class cat is given twice
}

package atomicfile_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/internal/atomicfile"
)

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "report.txt")
	err = atomicfile.Write(path, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, "accuracy 0.93")
		return err
	})
	text, _ := os.ReadFile(path)
	fmt.Print(string(text), err, "\n")
	// Output:
	// accuracy 0.93
	// <nil>
}

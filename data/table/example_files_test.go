package table_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/table"
)

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "flowers.csv")
	if err := os.WriteFile(path, []byte(flowers), 0o644); err != nil {
		fmt.Println(err)
		return
	}

	train, encoder, err := table.Load(path, table.Schema{Categorical: []string{"colour"}, Targets: []string{"petal"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train.Len(), encoder.Features())
	s, err := data.Get(train, 1)
	fmt.Println(s.X, s.Y, err)
	// Output:
	// 3 [colour=blue colour=violet colour=white]
	// [1. 0. 0.] 4.7 <nil>
}

// The program that trains keeps the encoder, the one that predicts loads it.
func ExampleEncoder_Save() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	csv, kept := filepath.Join(dir, "flowers.csv"), filepath.Join(dir, "encoder.json")
	if err := os.WriteFile(csv, []byte(flowers), 0o644); err != nil {
		fmt.Println(err)
		return
	}

	_, encoder, err := table.Load(csv, table.Schema{Numeric: []string{"petal"}, Class: "kind"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := encoder.Save(kept); err != nil {
		fmt.Println(err)
		return
	}

	again, err := table.LoadEncoder(kept)
	if err != nil {
		fmt.Println(err)
		return
	}
	test, err := again.Load(csv)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := data.Get(test, 2)
	fmt.Println(s.X, again.Classes, s.Y, err)
	// Output: [6.] [setosa versicolor virginica] 2 <nil>
}

// A file is checked before it is used.
func ExampleLoadEncoder() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "encoder.json")
	text := `{"schema": {"numeric": ["petal"], "class": "kind"}, "means": [], "classes": ["setosa", "virginica"]}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	_, err = table.LoadEncoder(path)
	fmt.Println(strings.ReplaceAll(err.Error(), path, "encoder.json"))
	// Output: table: encoder.json: encoder: 0 means, want 1
}

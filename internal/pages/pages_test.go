// Package pages_test checks what the pages of the repository say: that the names and
// files are there which they mention.
package pages_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is that of the repository.
const root = "../.."

// TestNames checks that what the package's documentation and the guide of the
// examples name is there: nn.Seq, optim.OneCycle and so on.
func TestNames(t *testing.T) {
	t.Chdir(root)
	exported := map[string]map[string]bool{}
	for _, dir := range []string{
		"tensor", "tensor/grad", "tensor/safetensors", "data", "data/cifar", "data/image", "data/mnist", "data/npy", "data/table",
		"conv", "rnn", "optim", "nn", "nn/inspect", "nn/metric", "nn/plot", "nn/progress", "nn/tensorboard", "nn/zoo",
	} {
		exported[path.Base(dir)] = names(t, dir)
	}
	name := regexp.MustCompile(`\b([a-z]+)\.([A-Z]\w*)`)
	for _, file := range []string{"doc.go", "README.md", "examples/README.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if file == "doc.go" {
				line = gannetColumn(line)
			}
			for _, m := range name.FindAllStringSubmatch(line, -1) {
				if known, ok := exported[m[1]]; ok && !known[m[2]] {
					t.Errorf("%s:%d: there is no %s", file, i+1, m[0])
				}
			}
		}
	}
}

// gannetColumn returns the right column of a line of the table, where PyTorch's
// names are on the left.
func gannetColumn(line string) string {
	const width = len("//\t    ") + 42
	if strings.HasPrefix(line, "//\t    ") && len([]rune(line)) > width {
		return string([]rune(line)[width:])
	}
	return line
}

// names returns what a package exports.
func names(t *testing.T, dir string) map[string]bool {
	t.Helper()
	set := token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: no Go files (%v)", dir, err)
	}
	var files []*ast.File
	for _, p := range paths {
		if strings.HasSuffix(p, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, p, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	d, err := doc.NewFromFiles(set, files, dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	values := func(list []*doc.Value) {
		for _, v := range list {
			for _, n := range v.Names {
				all[n] = true
			}
		}
	}
	funcs := func(list []*doc.Func) {
		for _, f := range list {
			all[f.Name] = true
		}
	}
	values(d.Vars)
	values(d.Consts)
	funcs(d.Funcs)
	for _, typ := range d.Types {
		all[typ.Name] = ast.IsExported(typ.Name)
		values(typ.Vars)
		values(typ.Consts)
		funcs(typ.Funcs)
	}
	return all
}

// TestLinks checks that files to which pages link are there.
func TestLinks(t *testing.T) {
	t.Chdir(root)
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	pages := []string{"README.md", "CHANGELOG.md", ".github/CONTRIBUTING.md", "examples/README.md"}
	more, err := filepath.Glob("examples/*/README.md")
	if err != nil || len(more) == 0 {
		t.Fatalf("no pages of examples (%v)", err)
	}
	for _, page := range append(pages, more...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}

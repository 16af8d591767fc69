package main

import (
	"go/ast"
	"go/doc"
	"path"
	"slices"
	"strconv"
	"strings"
)

// shown are the packages of which Examples must show all that users call.
var shown = []string{
	"tensor", "tensor/grad", "tensor/safetensors", "data", "data/cifar", "data/image", "data/mnist", "data/npy", "data/table",
	"conv", "rnn", "optim", "nn", "nn/metric", "nn/plot", "nn/progress", "nn/inspect", "nn/tensorboard", "nn/zoo",
	"nn/serve", "nn/serve/oip", "nn/sign", "nn/drift", "nn/lm", "nn/ctc", "data/text", "data/series",
}

// plain are methods that need no Example: those of interfaces, which the library
// calls.
var plain = []string{
	"Forward", "Build", "String", "Error", "Unwrap", "MarshalJSON", "UnmarshalJSON", "Name", "Reset", "Update", "Len", "Spec",
	"Read", "Label", "Do",
}

// withoutExample lists the exported functions, types and methods of the shown
// packages that no Example with Output uses, in the package itself or in the one
// above. A method is used by a call of that name. A type is used also where a
// function that is used, or another type that is, has it.
func withoutExample(packages []*source) (missing []string, shownOf ratio) {
	byPath := map[string]*source{}
	for _, p := range packages {
		byPath[p.path] = p
	}
	for _, name := range shown {
		p := byPath[name]
		if p == nil {
			missing = append(missing, name+": no such package")
			continue
		}
		used := uses{}
		used.add(p, p)
		if parent := byPath[path.Dir(name)]; parent != nil {
			used.add(parent, p)
		}
		names, all := p.unused(used)
		missing = append(missing, names...)
		shownOf.passed, shownOf.of = shownOf.passed+all-len(names), shownOf.of+all
	}
	return missing, shownOf
}

// uses has what Examples name: "F" for pkg.F, and ".M" for x.M.
type uses map[string]bool

// add takes in the Examples of one package as far as they use another.
func (u uses) add(from, of *source) {
	for _, f := range from.tests {
		outputs := map[string]bool{}
		for _, e := range doc.Examples(f) {
			outputs["Example"+e.Name] = e.Output != "" || e.EmptyOutput
			if from == of && outputs["Example"+e.Name] {
				thing, _, _ := strings.Cut(e.Name, "_")
				u[thing] = true
			}
		}
		if len(outputs) == 0 {
			continue
		}
		local := localName(f, from, of)
		for _, d := range f.Decls {
			// What an Example file has besides Examples belongs to them.
			if fn, ok := d.(*ast.FuncDecl); ok {
				name := fn.Name.Name
				if strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Example") && !outputs[name] {
					continue
				}
			}
			u.inspect(d, local)
		}
	}
}

// localName returns what a file calls a package: "." if it is a part of it, "" if
// it does not import it.
func localName(f *ast.File, from, of *source) string {
	if from == of && f.Name.Name == of.name {
		return "."
	}
	for _, i := range f.Imports {
		if p, err := strconv.Unquote(i.Path.Value); err == nil && p == module+"/"+of.path {
			if i.Name != nil {
				return i.Name.Name
			}
			return of.name
		}
	}
	return ""
}

func (u uses) inspect(d ast.Decl, local string) {
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == local {
				u[n.Sel.Name] = true
			} else {
				u["."+n.Sel.Name] = true
			}
		case *ast.Ident:
			if local == "." {
				u[n.Name] = true
			}
		}
		return true
	})
}

// unused lists what is not among the uses, of so many things.
func (p *source) unused(u uses) (names []string, all int) {
	all = len(p.functions) + len(p.types)
	for f := range p.functions {
		if !u[f] {
			names = append(names, f)
		}
	}
	reached := p.reached(u)
	for t := range p.types {
		if !reached[t] {
			names = append(names, t)
		}
		for m := range p.methods[t] {
			if slices.Contains(plain, m) {
				continue
			}
			all++
			if !u["."+m] {
				names = append(names, t+"."+m)
			}
		}
	}
	slices.Sort(names)
	for i, n := range names {
		names[i] = p.path + ": " + n
	}
	return names, all
}

// reached returns the types that are used.
func (p *source) reached(u uses) map[string]bool {
	reached := map[string]bool{}
	var reach func(names []string)
	reach = func(names []string) {
		for _, n := range names {
			if d := p.types[n]; d != nil && !reached[n] {
				reached[n] = true
				reach(identifiers(d))
			}
		}
	}
	for name := range u {
		reach([]string{name})
		if f := p.functions[name]; f != nil {
			reach(f.mentions)
		}
		if _, ok := p.values[name]; ok {
			reach([]string{bare(p.typeOf(name))})
		}
	}
	for _, methods := range p.methods {
		for m, f := range methods {
			if u["."+m] {
				reach(f.mentions)
			}
		}
	}
	return reached
}

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// source is a package as its files say, without types.
type source struct {
	path      string // below the module, with slashes
	name      string
	functions map[string]*function            // exported, without receiver
	methods   map[string]map[string]*function // exported, by type
	types     map[string]ast.Expr             // exported
	values    map[string]string               // exported constants and variables: their type, if the source tells
	embedded  map[string][]string             // types of the package inside others
	tests     []*ast.File                     // with and without the suffix _test of the package
}

// function is the signature of an exported function or method.
type function struct {
	results  []string
	mentions []string // all names in it
	generic  bool
}

// load parses all packages of the module but internal ones, benchmarks and other
// modules.
func load(root string) ([]*source, error) {
	var all []*source
	err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && dir != root || slices.Contains([]string{"testdata", "internal", "benchmarks", "_asm"}, d.Name()) {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			return err
		}
		p, err := parseFolder(dir, filepath.ToSlash(rel))
		if p != nil {
			all = append(all, p)
		}
		return err
	})
	return all, err
}

// parseFolder returns nil if there are no Go files.
func parseFolder(dir, rel string) (*source, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		return nil, err
	}
	p := &source{
		path: rel, functions: map[string]*function{}, methods: map[string]map[string]*function{}, types: map[string]ast.Expr{},
		values: map[string]string{}, embedded: map[string][]string{},
	}
	set := token.NewFileSet()
	for _, name := range files {
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, "_test.go") {
			p.tests = append(p.tests, f)
			continue
		}
		p.name = f.Name.Name
		for _, d := range f.Decls {
			p.declare(d)
		}
	}
	return p, nil
}

func (p *source) declare(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if !d.Name.IsExported() {
			return
		}
		if d.Recv != nil {
			t := receiver(d)
			if p.methods[t] == nil {
				p.methods[t] = map[string]*function{}
			}
			p.methods[t][d.Name.Name] = signature(d.Type)
			return
		}
		p.functions[d.Name.Name] = signature(d.Type)
	case *ast.GenDecl:
		inherited := "" // the type of a constant that says none
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				p.declareType(s)
			case *ast.ValueSpec:
				if s.Type != nil || s.Values != nil {
					inherited = valueType(s)
				}
				for _, n := range s.Names {
					if n.IsExported() {
						p.values[n.Name] = inherited
					}
				}
			}
		}
	}
}

func signature(t *ast.FuncType) *function {
	f := &function{generic: t.TypeParams != nil, mentions: identifiers(t)}
	if t.Results != nil {
		for _, r := range t.Results.List {
			for range max(len(r.Names), 1) {
				f.results = append(f.results, types.ExprString(r.Type))
			}
		}
	}
	return f
}

// identifiers lists the names in a piece of source.
func identifiers(n ast.Node) (names []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names = append(names, id.Name)
		}
		return true
	})
	return names
}

func (p *source) declareType(s *ast.TypeSpec) {
	if st, ok := s.Type.(*ast.StructType); ok {
		for _, f := range st.Fields.List {
			if f.Names == nil {
				p.embedded[s.Name.Name] = append(p.embedded[s.Name.Name], bare(types.ExprString(f.Type)))
			}
		}
	}
	if s.Name.IsExported() {
		p.types[s.Name.Name] = s.Type
	}
}

// receiver returns the name of the type that a method is of.
func receiver(d *ast.FuncDecl) string { return bare(types.ExprString(d.Recv.List[0].Type)) }

// bare returns the name of a type without star and parameters.
func bare(t string) string {
	t, _, _ = strings.Cut(strings.TrimPrefix(t, "*"), "[")
	return t
}

// valueType returns the type of a variable or constant, or "call f" if it is what
// a function returns.
func valueType(s *ast.ValueSpec) string {
	if s.Type != nil {
		return types.ExprString(s.Type)
	}
	if call, ok := s.Values[0].(*ast.CallExpr); ok {
		return "call " + types.ExprString(call.Fun)
	}
	return ""
}

// typeOf returns the type of an exported variable or constant, "" if the source
// does not tell.
func (p *source) typeOf(value string) string {
	t := p.values[value]
	if f, ok := strings.CutPrefix(t, "call "); ok {
		if fn := p.functions[f]; fn != nil && len(fn.results) == 1 {
			return fn.results[0]
		}
		return ""
	}
	return t
}

// has reports whether a type, or one that it embeds, has a method.
func (p *source) has(t, method string) bool {
	if p.methods[t][method] != nil {
		return true
	}
	return slices.ContainsFunc(p.embedded[t], func(e string) bool { return p.has(e, method) })
}

// makers returns the functions whose only result is of a type, and its variables
// and constants.
func (p *source) makers(t string) []string {
	var names []string
	for name, f := range p.functions {
		if len(f.results) == 1 && bare(f.results[0]) == t {
			names = append(names, strings.TrimPrefix(name, "New"))
		}
	}
	for name := range p.values {
		if bare(p.typeOf(name)) == t {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// checks returns the top-level tests that have golden cases or try rules, by
// themselves or by functions of the package that they call.
func (p *source) checks() []string {
	uses := map[string][]string{} // by name of a function: what it names
	var found []string
	for _, f := range p.tests {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			name := fn.Name.Name
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.Ident:
					uses[name] = append(uses[name], n.Name)
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "nntest" && (n.Sel.Name == "Run" || strings.HasPrefix(n.Sel.Name, "Golden")) {
						found = append(found, name)
					}
				case *ast.BasicLit:
					if strings.HasPrefix(n.Value, `"Golden/`) {
						found = append(found, name)
					}
				}
				return true
			})
		}
	}
	for grown := true; grown; {
		grown = false
		for name, used := range uses {
			if !slices.Contains(found, name) && slices.ContainsFunc(used, func(u string) bool { return slices.Contains(found, u) }) {
				found, grown = append(found, name), true
			}
		}
	}
	found = slices.DeleteFunc(found, func(name string) bool { return !strings.HasPrefix(name, "Test") })
	slices.Sort(found)
	return slices.Compact(found)
}

// title returns a name with its package.
func (p *source) title(name string) string { return path.Base(p.path) + "." + name }

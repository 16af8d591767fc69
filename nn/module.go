package nn

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// Module is a network or a part of one: whatever has a Forward method. A struct
// with a Forward method is a module whose exported fields are its parameters
// and parts; see [Params] for the rules.
//
// Forward may be called from many goroutines, each with a tape of its own.
type Module interface {
	Forward(x *grad.Var) *grad.Var
}

// Sequential applies its layers one after the other. Make one with [Seq].
type Sequential struct {
	Layers []Module `gannet:"."`
}

// Seq returns a module that applies others one after the other. Its parameters
// are named after the position, "0.weight", as in PyTorch's nn.Sequential. A
// layer that is nil is reported by [Init].
func Seq(layers ...Module) *Sequential { return &Sequential{layers} }

// Build checks that no layer is missing.
func (s *Sequential) Build() error {
	for i, l := range s.Layers {
		if missing(l) {
			return fmt.Errorf("nn: Seq: layer %d is nil", i)
		}
	}
	return nil
}

// missing reports whether m is nil or a nil pointer.
func missing(m Module) bool {
	r := reflect.ValueOf(m)
	return m == nil || r.Kind() == reflect.Pointer && r.IsNil()
}

// Forward implements [Module].
func (s *Sequential) Forward(x *grad.Var) *grad.Var {
	t := x.Tape()
	for i, l := range s.Layers {
		t.Enter("Seq", strconv.Itoa(i)) // whose small numbers do not allocate
		x = l.Forward(x)
		t.Leave()
	}
	return x
}

// Function is a module without parameters. Make one with [Func].
type Function struct {
	name  string
	apply func(*grad.Var) *grad.Var
}

// Func makes a module of a function. The name appears in summaries and files; to
// load a file again, [Register] the module.
func Func(name string, f func(*grad.Var) *grad.Var) *Function { return &Function{name, f} }

// Forward implements [Module].
func (f *Function) Forward(x *grad.Var) *grad.Var { return f.apply(x) }

// String returns the name.
func (f *Function) String() string { return f.name }

// Init makes the parameters of every part of a network, gives them their initial
// values, and returns the network. Values depend on the seed and the path of the
// parameter alone, so a part that is added changes no other. Parameters that
// have a value keep it. It reports settings that cannot be and parameters that
// it cannot reach; see [Params].
//
//	net, err := nn.Init(1, nn.Seq(nn.NewLinear(784, 10)))
func Init[M Module](seed uint64, m M) (M, error) {
	params, err := collect(m)
	if err == nil {
		adopt(params)
		for _, p := range params {
			if p.Value != nil {
				continue
			}
			if err = p.Init(seed); err != nil {
				break
			}
		}
	}
	if err != nil {
		var none M
		return none, fmt.Errorf("nn: Init: %w", err)
	}
	return m, nil
}

// Params returns the parameters and buffers of a network in the order in which
// its parts hold them, and names each by its path. The rules:
//
//   - An exported field of type *grad.Param is a parameter. Its name is the
//     field's in snake case (RunningMean is running_mean), or what the tag
//     `gannet:"name"` says; the tag `gannet:"-"` leaves the field out.
//   - An exported field that is a module, or a slice or array of modules, is a
//     part; its name comes before those of its parameters, with a dot, and the
//     index in a slice too: "blocks.0.conv1.weight". The tag `gannet:"."` leaves
//     the name out. A struct, or a pointer to one, that holds parameters or parts
//     is walked in the same way; a struct embedded by value
//     has its name left out.
//   - A module may instead list its parameters itself with a method
//     Parameters(yield func(name string, p *grad.Param) bool). A struct that
//     embeds such a module is walked nevertheless.
//   - nil is left out. A parameter met twice is one parameter, tied, under the
//     first name. Names are those in m: Params of a part renames its parameters.
//   - A parameter or module in an unexported field, or in a map, is an error of
//     [Init], since it would silently stay untrained. Params panics then; it is
//     meant for networks that passed Init or Load.
func Params(m Module) []*grad.Param {
	params, err := collect(m)
	if err != nil {
		panic("nn: Params: " + err.Error())
	}
	return adopt(params)
}

// lister is a module that lists its parameters itself.
type lister interface {
	Parameters(yield func(name string, p *grad.Param) bool)
}

// builder is a module that makes its parameters from its settings.
type builder interface{ Build() error }

// visit is told of every module, before its parts, and of every parameter. Both
// may be nil.
type visit struct {
	module func(path string, m Module) error
	param  func(path string, p *grad.Param) error
}

// named is a parameter with its path in the network at hand, which need not be the
// one whose Init or Params named it.
type named struct {
	path string
	*grad.Param
}

// adopt names parameters by their paths and returns them.
func adopt(list []named) []*grad.Param {
	params := make([]*grad.Param, len(list))
	for i, p := range list {
		if params[i] = p.Param; p.Name != p.path { // a write would race with other readers of the network
			p.Name = p.path
		}
	}
	return params
}

// collect builds all parts and returns the parameters.
func collect(m Module) ([]named, error) { return collectAtMost(m, math.MaxInt) }

// collectAtMost is collect for at most so many parameters; more are an error.
func collectAtMost(m Module, most int) (list []named, err error) {
	seen := map[*grad.Param]bool{}
	err = walk("", m, visit{
		module: build,
		param: func(path string, p *grad.Param) error {
			if !seen[p] {
				if len(list) == most {
					return fmt.Errorf("the network has more than %d parameters", most)
				}
				seen[p] = true
				list = append(list, named{path, p})
			}
			return nil
		},
	})
	return list, err
}

// build makes the parameters of a module, if it has a method for that.
func build(path string, m Module) error {
	if b, ok := m.(builder); ok {
		if err := b.Build(); err != nil {
			return fmt.Errorf("%s: %w", orRoot(path), err)
		}
	}
	return nil
}

func orRoot(path string) string {
	if path == "" {
		return "the network"
	}
	return path
}

var (
	paramType  = reflect.TypeFor[*grad.Param]()
	moduleType = reflect.TypeFor[Module]()
)

// join joins the parts of a path.
func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

// walk visits a module and its parts.
func walk(path string, m Module, v visit) error {
	if missing(m) {
		return nil
	}
	if v.module != nil {
		if err := v.module(path, m); err != nil {
			return err
		}
	}
	r := reflect.Indirect(reflect.ValueOf(m))
	if l, ok := m.(lister); ok && !embedsLister(r.Type()) {
		var err error
		l.Parameters(func(name string, p *grad.Param) bool {
			if p != nil && v.param != nil {
				err = v.param(join(path, name), p)
			}
			return err == nil
		})
		return err
	}
	if r.Kind() != reflect.Struct {
		return nil
	}
	return walkStruct(path, r, v)
}

// maxNesting bounds the nesting of modules.
const maxNesting = 100

// embedsLister reports whether a struct embeds a lister, whose method Parameters
// it then seems to have itself while it knows nothing of the other fields.
func embedsLister(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	lists := reflect.TypeFor[lister]()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && (f.Type.Implements(lists) || reflect.PointerTo(f.Type).Implements(lists)) {
			return true
		}
	}
	return false
}

// walkStruct visits the fields of a struct.
func walkStruct(path string, s reflect.Value, v visit) error {
	if strings.Count(path, ".") > maxNesting {
		return fmt.Errorf("modules are nested more than %d deep, or in a circle", maxNesting)
	}
	for i := range s.NumField() {
		f := s.Type().Field(i)
		name, tagged := f.Tag.Lookup("gannet")
		embedded := f.Anonymous && !tagged && f.Type.Kind() == reflect.Struct
		switch {
		case name == "-":
			continue
		case embedded && !(f.IsExported() && f.Type.Implements(moduleType)):
			if err := walkStruct(path, s.Field(i), v); err != nil {
				return err
			}
			continue
		case !f.IsExported():
			t := f.Type
			if x := s.Field(i); t.Kind() == reflect.Interface && !x.IsNil() {
				t = x.Elem().Type()
			}
			if holds(t, map[reflect.Type]bool{}) {
				return fmt.Errorf("%s: field %s of %s holds a parameter or module and is not exported", orRoot(path), f.Name, s.Type())
			}
			continue
		case name == ".":
			name = ""
		case !tagged:
			name = snake(f.Name)
		}
		if err := walkValue(join(path, name), s.Field(i), v); err != nil {
			return err
		}
	}
	return nil
}

// walkValue visits what a field or an element holds.
func walkValue(path string, x reflect.Value, v visit) error {
	switch {
	case x.Type() == paramType:
		if p := x.Interface().(*grad.Param); p != nil && v.param != nil {
			return v.param(path, p)
		}
		return nil
	case x.CanAddr() && x.Addr().Type().Implements(moduleType): // also if T itself does: Build may need the pointer
		return walk(path, x.Addr().Interface().(Module), v)
	case x.Type().Implements(moduleType):
		if x.Kind() == reflect.Interface && x.IsNil() {
			return nil
		}
		return walk(path, x.Interface().(Module), v)
	}
	switch x.Kind() {
	case reflect.Slice, reflect.Array:
		if !holds(x.Type().Elem(), map[reflect.Type]bool{}) {
			return nil
		}
		for i := range x.Len() {
			if err := walkValue(join(path, strconv.Itoa(i)), x.Index(i), v); err != nil {
				return err
			}
		}
	case reflect.Map:
		if holds(x.Type().Elem(), map[reflect.Type]bool{}) {
			return fmt.Errorf("%s: a map of parameters or modules has no order; use a slice or fields", orRoot(path))
		}
	case reflect.Interface: // an any may hold a module too
		if !x.IsNil() && holds(x.Elem().Type(), map[reflect.Type]bool{}) {
			return walkValue(path, x.Elem(), v)
		}
	case reflect.Struct, reflect.Pointer:
		if s := reflect.Indirect(x); s.IsValid() && holds(x.Type(), map[reflect.Type]bool{}) {
			return walkStruct(path, s, v)
		}
	}
	return nil
}

// holds reports whether values of a type hold parameters or modules.
func holds(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	if t == paramType || t.Implements(moduleType) || reflect.PointerTo(t).Implements(moduleType) {
		return true
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		return holds(t.Elem(), seen)
	case reflect.Pointer:
		// Tapes and Vars refer to parameters without holding them.
		e := t.Elem()
		return e.Kind() == reflect.Struct && e.PkgPath() != paramType.Elem().PkgPath() && holds(e, seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).Tag.Get("gannet") != "-" && holds(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

// snake turns RunningMean into running_mean and Conv1 into conv1.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 {
			before := name[i-1]
			after := i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
			if before < 'A' || before > 'Z' || after {
				b.WriteByte('_')
			}
		}
		if upper {
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

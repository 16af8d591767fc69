package nn

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// The limits of what a file says of a network, which comes from anywhere: a number
// in it can ask for any number of parameters.
const (
	maxDescription = 4 << 20 // bytes of the description of the network, and of the info
	maxDepth       = 64
	maxSurplus     = 4096 // parameters beyond those in the file, so that the error can name them
)

// rebuild makes a network of its description. It reads the text once, piece by
// piece: a copy of each part for every level that it lies in would be many times
// the text.
func rebuild(text string) (Module, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	m, err := rebuildModule(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	if m == nil {
		return nil, errors.New("null, want a module")
	}
	return m, nil
}

// rebuildModule makes a module, which lies in so many others; nil of null.
func rebuildModule(d *json.Decoder, depth int) (Module, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("modules lie in each other more than %d deep", maxDepth)
	}
	kind := ""
	var v reflect.Value // a pointer to the module, or the module itself if it is a function
	there, err := object(d, func(key string) error {
		switch {
		case key == "type":
			if err := d.Decode(&kind); err != nil {
				return err
			}
			var err error
			v, err = blank(kind)
			return err
		case key != "settings":
			return fmt.Errorf("unknown field %q", key)
		case !v.IsValid():
			return errors.New("settings come before the type")
		}
		if err := rebuildSettings(d, v, depth); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		return nil
	})
	switch {
	case err != nil || !there:
		return nil, err
	case !v.IsValid():
		return nil, errors.New("a module without type")
	}
	if reflect.TypeOf(kinds[kind]).Kind() != reflect.Pointer {
		v = v.Elem()
	}
	return v.Interface().(Module), nil
}

var functionType = reflect.TypeFor[*Function]()

// blank returns a pointer to a new module of a type, or the function of the name.
func blank(kind string) (reflect.Value, error) {
	p := kinds[kind]
	if p == nil {
		return reflect.Value{}, fmt.Errorf("module type %q is not known; nn.Register it", kind)
	}
	t := reflect.TypeOf(p)
	switch {
	case t == functionType:
		return reflect.ValueOf(p), nil
	case t.Kind() == reflect.Pointer:
		t = t.Elem()
	}
	return reflect.New(t), nil
}

// rebuildSettings sets what v points to.
func rebuildSettings(d *json.Decoder, v reflect.Value, depth int) error {
	switch {
	case v.Type() == functionType:
		return errors.New("the module has no settings")
	case v.Elem().Kind() != reflect.Struct:
		return d.Decode(v.Interface())
	}
	s := v.Elem()
	_, err := object(d, func(key string) error {
		f, ok := s.Type().FieldByName(key)
		if !ok || !kept(f) || len(f.Index) != 1 {
			return fmt.Errorf("unknown setting %q", key)
		}
		if err := rebuildField(d, s.FieldByIndex(f.Index), depth); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		return nil
	})
	return err
}

func rebuildField(d *json.Decoder, v reflect.Value, depth int) error {
	switch {
	case v.Type().Implements(moduleType):
		m, err := rebuildModule(d, depth+1)
		if err != nil || m == nil {
			return err
		}
		if !reflect.TypeOf(m).AssignableTo(v.Type()) {
			return fmt.Errorf("a %T, want a %v", m, v.Type())
		}
		v.Set(reflect.ValueOf(m))
		return nil
	case v.Kind() == reflect.Slice && v.Type().Elem().Implements(moduleType):
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		return list(d, func(i int) error {
			e := reflect.New(v.Type().Elem()).Elem()
			if err := rebuildField(d, e, depth); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
			v.Set(reflect.Append(v, e))
			return nil
		})
	}
	return d.Decode(v.Addr().Interface())
}

// object reads an object, whose member has to read the value of each key. It
// reports whether there is one: null is none.
func object(d *json.Decoder, member func(key string) error) (bool, error) {
	if ok, err := open(d, '{', "an object"); !ok {
		return false, err
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := next(d)
		if err != nil {
			return false, err
		}
		key := t.(string) // the decoder sees to it
		if seen[key] {
			return false, fmt.Errorf("duplicate key %q", key)
		}
		seen[key] = true
		if err := member(key); err != nil {
			return false, err
		}
	}
	_, err := next(d) // the end
	return err == nil, err
}

// list reads a list, whose element has to read each element; null is an empty one.
func list(d *json.Decoder, element func(i int) error) error {
	if ok, err := open(d, '[', "a list"); !ok {
		return err
	}
	for i := 0; d.More(); i++ {
		if err := element(i); err != nil {
			return err
		}
	}
	_, err := next(d)
	return err
}

// open reads the first token of what is wanted, or null, for which it returns
// false.
func open(d *json.Decoder, want json.Delim, name string) (bool, error) {
	t, err := next(d)
	switch {
	case err != nil || t == nil:
		return false, err
	case t != want:
		return false, fmt.Errorf("%s, want %s", tokenName(t), name)
	}
	return true, nil
}

// next returns the next token, of which there must be one.
func next(d *json.Decoder) (json.Token, error) {
	t, err := d.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

func tokenName(t json.Token) string {
	switch t {
	case json.Delim('{'):
		return "an object"
	case json.Delim('['):
		return "a list"
	}
	return fmt.Sprintf("a value of type %T", t)
}

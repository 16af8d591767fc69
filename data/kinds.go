package data

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/gannet-ml/gannet/internal/strictjson"
)

// The limits of a pipeline in a file, which comes from anywhere: it is read once
// for every level of transforms in each other.
const (
	maxPipeline   = 1 << 20 // bytes
	maxNesting    = 24      // brackets in each other
	maxTransforms = 256     // in one Pipeline
)

// kinds holds the types of transforms that files can contain.
var kinds = struct {
	types map[string]reflect.Type
	names map[reflect.Type]string
}{map[string]reflect.Type{}, map[reflect.Type]string{}}

// RegisterTransform makes pipelines in files know the type of prototype under a
// name. What a file keeps of a transform is its JSON; a transform that checks
// its settings does so in a method UnmarshalJSON or, at the latest, in Shape.
// The transforms of this package are registered under the names of their
// constructors. RegisterTransform panics if the name or the type is taken; call
// it while the program starts.
func RegisterTransform(name string, prototype Transform) {
	t := reflect.TypeOf(prototype)
	if kinds.types[name] != nil || kinds.names[t] != "" {
		panic(fmt.Sprintf("data: RegisterTransform: the name %q or the type %v is taken", name, t))
	}
	kinds.types[name], kinds.names[t] = t, name
}

func init() {
	for name, prototype := range map[string]Transform{
		"CenterCrop":           centerCrop{},
		"ColorJitter":          colorJitter{},
		"Flatten":              flatten{},
		"GaussianBlur":         gaussianBlur{},
		"Grayscale":            grayscale{},
		"Normalize":            normalize{},
		"Pad":                  pad{},
		"PadToMultiple":        padToMultiple{},
		"Pipeline":             Pipeline(nil),
		"RandAugment":          &randAugment{},
		"RandomAffine":         &randomAffine{},
		"RandomApply":          randomApply{},
		"RandomChoice":         randomChoice{},
		"RandomCrop":           randomCrop{},
		"RandomErasing":        &randomErasing{},
		"RandomGrayscale":      randomGrayscale{},
		"RandomHorizontalFlip": randomHorizontalFlip{},
		"RandomResizedCrop":    &randomResizedCrop{},
		"RandomRotation":       &randomRotation{},
		"RandomVerticalFlip":   randomVerticalFlip{},
		"Resize":               &resize{},
		"ResizeShorter":        &resizeShorter{},
		"TrivialAugmentWide":   &trivialAugmentWide{},
	} {
		RegisterTransform(name, prototype)
	}
}

// kind is a transform in a file.
type kind struct {
	Type     string          `json:"type"`
	Settings json.RawMessage `json:"settings,omitempty"` // not there for a transform without any
}

// MarshalJSON describes the transforms. It is an error if one of them is not
// known to [RegisterTransform] or has impossible settings.
func (p Pipeline) MarshalJSON() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("data: Pipeline: %w", err)
	}
	list := make([]kind, len(p))
	for k, t := range p {
		name := kinds.names[reflect.TypeOf(t)]
		if name == "" {
			return nil, fmt.Errorf("data: Pipeline: transform %d: type %T is not known; data.RegisterTransform it", k, t)
		}
		settings, err := json.Marshal(t)
		if err != nil {
			return nil, fmt.Errorf("data: Pipeline: transform %d: %s: %w", k, name, err)
		}
		list[k].Type = name
		if string(settings) != "{}" {
			list[k].Settings = settings
		}
	}
	return json.Marshal(list)
}

// UnmarshalJSON makes the transforms that data describes.
func (p *Pipeline) UnmarshalJSON(data []byte) error {
	q, err := unmarshal(data)
	if err != nil {
		return fmt.Errorf("data: Pipeline: %w", err)
	}
	*p = q
	return nil
}

func unmarshal(data []byte) (Pipeline, error) {
	if len(data) > maxPipeline {
		return nil, fmt.Errorf("a description of %d bytes, want at most %d", len(data), maxPipeline)
	}
	if n := nesting(data); n > maxNesting {
		return nil, fmt.Errorf("a description with brackets %d deep, want at most %d", n, maxNesting)
	}
	var list []kind
	if err := strictjson.Unmarshal(data, &list); err != nil {
		return nil, err
	}
	if len(list) > maxTransforms {
		return nil, fmt.Errorf("%d transforms, want at most %d", len(list), maxTransforms)
	}
	var p Pipeline
	for k, d := range list {
		t, err := d.transform()
		if err != nil {
			return nil, fmt.Errorf("transform %d: %w", k, err)
		}
		p = append(p, t)
	}
	return p, p.check()
}

func (d kind) transform() (Transform, error) {
	t := kinds.types[d.Type]
	if t == nil {
		return nil, fmt.Errorf("type %q is not known; data.RegisterTransform it", d.Type)
	}
	pointer := t.Kind() == reflect.Pointer
	if pointer {
		t = t.Elem()
	}
	v := reflect.New(t)
	if len(d.Settings) > 0 {
		if err := strictjson.Unmarshal(d.Settings, v.Interface()); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Type, err)
		}
	}
	if !pointer {
		v = v.Elem()
	}
	return v.Interface().(Transform), nil
}

// nesting returns how many brackets lie in each other at most.
func nesting(data []byte) int {
	depth, most := 0, 0
	inString, escaped := false, false
	for _, b := range data {
		switch {
		case escaped:
			escaped = false
		case inString:
			inString, escaped = b != '"', b == '\\'
		case b == '"':
			inString = true
		case b == '[' || b == '{':
			depth++
			most = max(most, depth)
		case b == ']' || b == '}':
			depth--
		}
	}
	return most
}

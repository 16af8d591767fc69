package grad

import "strings"

// scope is a place in a network: a part of a container of layers. The tape keeps
// the tree of those it has met, so that entering one again allocates nothing.
type scope struct {
	parent          *scope // nil for the root, which is no container's part
	container, part string
	parts           []*scope
}

// Enter is for containers of layers: what is recorded from now on belongs to the
// named part of the container, until [Tape.Leave]. Errors, summaries and profiles
// name operations by the parts in which they lie.
//
//	x.Tape().Enter("Seq", "3")
//	x = layer.Forward(x)
//	x.Tape().Leave()
func (t *Tape) Enter(container, part string) {
	for _, s := range t.scope.parts {
		if s.part == part && s.container == container {
			t.scope = s
			return
		}
	}
	s := &scope{parent: t.scope, container: container, part: part}
	t.scope.parts = append(t.scope.parts, s)
	t.scope = s
}

// Leave ends the part that was entered last. Without one it does nothing.
func (t *Tape) Leave() {
	if t.scope.parent != nil {
		t.scope = t.scope.parent
	}
}

// path returns the parts from the outermost container inwards, and the name of
// that container.
func (s *scope) path() (path, container string) {
	for ; s.parent != nil; s = s.parent {
		container = s.container
		path = s.part + "." + path
	}
	return strings.TrimSuffix(path, "."), container
}

// Layer returns the path of the layer that applied the operation, such as
// "features.0": that of its first named parameter, which says most, else that of
// the parts of containers in which it lies; "" if there is neither.
func (c *Call) Layer() string {
	if path := c.paramPath(); path != "" {
		return path
	}
	path, _ := c.scope.path()
	return path
}

// paramPath returns the path of the first named parameter among the inputs,
// without the parameter's own name.
func (c *Call) paramPath() string {
	for _, v := range c.in {
		if p := v.Param(); p != nil && p.Name != "" {
			return p.Name[:max(strings.LastIndexByte(p.Name, '.'), 0)]
		}
	}
	return ""
}

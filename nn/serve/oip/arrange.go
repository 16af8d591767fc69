package oip

// Arrange returns inputs in the order of the ports of a model, after checking that
// they are the ones it wants: of names, types and shapes that fit, with as many
// elements as the shape says. [DecodeRequest] has done so already; Arrange is for
// inputs that come from elsewhere. Errors are of type [*Error].
func Arrange(inputs []Tensor, want []Port) ([]Tensor, error) {
	list := make([]Tensor, len(want))
	given := make([]bool, len(want))
	for i := range inputs {
		t := &inputs[i]
		slot := -1
		for k := range want {
			if want[k].Name == t.Name {
				slot = k
			}
		}
		switch {
		case slot < 0:
			return nil, invalid("input", "oip: the model has no input %.64q", t.Name)
		case given[slot]:
			return nil, invalid("input", "oip: input %.64q: given twice", t.Name)
		case t.Datatype != want[slot].Datatype:
			return nil, invalid("datatype", "oip: input %.64q: got datatype %.64q, want %q", t.Name, t.Datatype, want[slot].Datatype)
		}
		if _, err := t.check(); err != nil {
			return nil, invalid("data", "oip: input %.64q: %w", t.Name, err)
		}
		if !matches(t.Shape, want[slot].Shape) {
			return nil, invalid("shape", "oip: input %.64q: got shape %v, want %v", t.Name, t.Shape, want[slot].Shape)
		}
		list[slot], given[slot] = *t, true
	}
	for k, ok := range given {
		if !ok {
			return nil, invalid("input", "oip: no input %.64q", want[k].Name)
		}
	}
	return list, nil
}

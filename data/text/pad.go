package text

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// Pad puts sequences of different lengths together: ids [N, T], where T is the length
// of the longest and shorter ones are filled up at their end with pad, and the
// lengths. It is PyTorch's pad_sequence with batch_first. A sequence without numbers,
// or with one that an embedding cannot have, less than 0 or of 2²⁴ or more, is an
// error. No sequences make [0, 0].
//
//	ids, lengths, err := text.Pad(sequences, 0)
//	y := net.Forward(rnn.Ragged(tape.Input(ids), lengths))
func Pad(sequences [][]int, pad int) (ids *tensor.Tensor, lengths []int, err error) {
	longest := 0
	for i, s := range sequences {
		if err := checkIDs(s); err != nil {
			return nil, nil, fmt.Errorf("text: Pad: sequence %d: %w", i, err)
		}
		lengths = append(lengths, len(s))
		longest = max(longest, len(s))
	}
	if err := checkIDs([]int{pad}); err != nil {
		return nil, nil, fmt.Errorf("text: Pad: padding: %w", err)
	}
	shape := tensor.Shape{len(sequences), longest}
	if err := shape.Check(); err != nil {
		return nil, nil, fmt.Errorf("text: Pad: %w", err)
	}
	ids = tensor.Zeros(shape...)
	for i, s := range sequences {
		fill(ids.Data()[i*longest:(i+1)*longest], s, pad)
	}
	return ids, lengths, nil
}

// checkIDs reports a sequence that is empty or has a number that cannot be.
func checkIDs(s []int) error {
	if len(s) == 0 {
		return fmt.Errorf("there are no tokens, want at least 1")
	}
	for i, id := range s {
		if id < 0 || id >= maxVocabulary {
			return fmt.Errorf("number %d is %d, want 0 to %d", i, id, maxVocabulary-1)
		}
	}
	return nil
}

// fill writes a sequence and what fills it up.
func fill[T int | float32](dst []T, s []int, pad int) {
	for i := range dst {
		if i < len(s) {
			dst[i] = T(s[i])
		} else {
			dst[i] = T(pad)
		}
	}
}

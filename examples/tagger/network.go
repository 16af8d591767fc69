package main

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Tagger gives every word of a sentence a part of speech. A word is its own vector and
// what a bidirectional LSTM makes of its letters, which speaks for words that training
// had too few of; a second LSTM reads the words of the sentence from both ends. (After
// Ling et al. 2015, arXiv 1508.02096, and Plank, Søgaard and Goldberg 2016, arXiv
// 1604.05529.)
//
// Its input is the tuple of sentences x [N, T, 2+L] and their lengths [N]. A row of x is
// a word: its number, the number of its letters, and those of the letters themselves.
// The output is the logits [N, Tags, T].
type Tagger struct {
	Words    *nn.Embedding
	Letters  *nn.Embedding
	Spelling *rnn.LSTM
	Dropout  *nn.Dropout
	Sentence *rnn.LSTM
	Output   *nn.Linear
}

func init() { nn.Register("examples.Tagger", (*Tagger)(nil)) }

// newTagger returns a network for so many different words, letters and tags.
func newTagger(words, letters, tags int) *Tagger {
	const word, letter, spelling, sentence = 96, 32, 48, 128 // sizes of vectors and of states
	return &Tagger{
		Words:    nn.NewEmbedding(words, word),
		Letters:  nn.NewEmbedding(letters, letter),
		Spelling: rnn.NewLSTM(letter, spelling, rnn.Bidirectional),
		Dropout:  nn.NewDropout(0.4),
		Sentence: rnn.NewLSTM(word+2*spelling, sentence, rnn.Bidirectional),
		Output:   nn.NewLinear(2*sentence, tags),
	}
}

// Build reports what is missing, as in a file that somebody else wrote.
func (m *Tagger) Build() error {
	if m.Words == nil || m.Letters == nil || m.Spelling == nil || m.Dropout == nil || m.Sentence == nil || m.Output == nil {
		return errors.New("tagger: a layer is missing")
	}
	return nil
}

// Forward implements [nn.Module].
func (m *Tagger) Forward(x *grad.Var) *grad.Var {
	if err := m.Build(); err != nil {
		return x.Tape().Fail("Tagger", err)
	}
	if x.Parts() != 2 {
		return x.Tape().Fail("Tagger", fmt.Errorf("input is a tuple of %d, want words and lengths", x.Parts()))
	}
	rows, lengths := x.Part(0), x.Part(1)
	s := rows.Shape()
	if len(s) != 3 || s[2] < 3 {
		return x.Tape().Fail("Tagger", fmt.Errorf("words have shape %v, want [batch words 2+letters]", s))
	}
	n, t, letters := s[0], s[1], s[2]-2
	word := m.Words.Forward(grad.Reshape(grad.Slice(rows, 2, 0, 1), n, t))
	spelt := m.Spelling.Forward(grad.Tuple(
		m.Letters.Forward(grad.Reshape(grad.Slice(rows, 2, 2, 2+letters), n*t, letters)),
		grad.Reshape(grad.Slice(rows, 2, 1, 2), n*t),
	))
	ends := grad.Reshape(rnn.Ends.Forward(spelt), n, t, 2*m.Spelling.Hidden)
	words := m.Dropout.Forward(grad.Concat(2, word, ends))
	read := rnn.Padded.Forward(m.Sentence.Forward(grad.Tuple(words, lengths)))
	return grad.Transpose(m.Output.Forward(m.Dropout.Forward(read)), 1, 2)
}

// Package text turns text into what a network takes: it normalizes and cuts text,
// numbers the tokens, puts sequences of different lengths into batches, and reads the
// files that text, treebanks and word vectors come in.
//
//	reviews, err := text.LoadLabeled("train.txt")           // a class and a text in each line
//	e := &text.Encoder{Normalizer: text.Fold}
//	counts := text.Counts{}
//	for _, s := range reviews.Texts {
//		tokens, err := e.Tokens(s)
//		…
//		counts.Add(tokens...)
//	}
//	e.Vocabulary, err = text.NewVocabulary(counts, text.Usual, text.MinCount(2))
//	ids, err := text.EncodeAll(e, reviews.Texts)
//
//	train := text.Classified(ids, reviews.Labels, reviews.Names)
//	loader := data.NewLoader(train, data.BatchSize(32), data.ByLength(), data.Trim(), data.Seed(1))
//	… // batch.X [32, T], batch.More[0] [32], the lengths, batch.Y [32]
//
// The network gets tokens and lengths as a tuple, as nn.Trainer feeds it, and the
// layers of package rnn leave the padding out:
//
//	nn.Seq(nn.Inputs(nn.NewEmbedding(e.Size(), 50), nn.Identity), rnn.NewLSTM(50, 64), …)
//
// # Which tokenizer
//
//	task                                         tokens
//	classes of texts, own words, little data     [Encoder] with [Words] and [Fold]
//	text that is cut into tokens already         [Encoder] with [Whitespace]
//	names, spelling, a language model of letters [Encoder] with [Characters]
//	tags of words                                [Whitespace], one number for each word of a treebank
//	language models, code, many languages        [BPE]: nothing is unknown, and Decode gives the text back
//	weights of a BERT model                      [WordPiece] with the model's vocab.txt
//	a linear model, search, a first baseline     [Words], [StopWords], [Stem], [NGrams] and [TFIDF]
//
// With pretrained vectors, spell as they do: those of GloVe want lower case and
// punctuation marks as tokens of their own.
//
// [Words] and [Graphemes] are the rules of Unicode and serve most languages. Thai, Lao,
// Khmer and Burmese put no spaces between words and need a dictionary, which they do
// not have; take [BPE] there.
//
// # Normalization
//
// [NFC] or, for text from many sources, [NFKC] makes equal what looks equal. [Fold] or
// [Lower] halves a vocabulary and loses little, except for names. [StripAccents] helps
// where accents are written carelessly and hurts where they tell words apart. A
// [Normalizer] is a part of an [Encoder], and JSON holds both, so that a program that
// predicts treats text as the one that trained did.
//
// # Sequences
//
// [Classified] and [Tagged] are data sets of sequences, with a class for each or for
// every token. Samples have one length, that of the longest; [data.ByLength] puts
// similar lengths together, and [data.Trim] cuts batches off after the longest
// one. [Pad] does the same for a loop of one's own. [Chunks] cuts one long text for a
// language model, whose tokens a [Codec] turns back into text; see package nn/lm.
//
// # Files
//
// [LoadLabeled] and [LoadClasses] read texts with classes, [LoadCoNLLU] treebanks,
// [LoadVectors] word vectors. Files are UTF-8, plain or compressed with gzip, with
// line ends of Unix or of Windows. What is wrong with one is an error that names file
// and line; nothing is replaced silently. A line has at most 16 MiB.
package text

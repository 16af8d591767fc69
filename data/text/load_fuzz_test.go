package text

import "testing"

// FuzzLoadEncoder: an encoder that loads encodes any text or says why not, and decodes
// what it encoded.
func FuzzLoadEncoder(f *testing.F) {
	f.Add(`{"normalizer": ["nfc"], "splitter": "characters", "vocabulary": {"tokens": ["<unk>", "a", "b"], "specials": {"unknown": "<unk>"}}}`, "ab c")
	f.Add(`{"normalizer": [], "splitter": "words", "vocabulary": {"tokens": ["a"], "specials": {}}, "ends": true, "max_len": 3}`, "a")
	f.Add(`{"vocabulary": {"tokens": [""]}}`, "")
	f.Fuzz(func(t *testing.T, file, s string) {
		e, err := LoadEncoder(write(t, "encoder.json", file))
		if _, other := ParseEncoder([]byte(file)); (other == nil) != (err == nil) {
			t.Fatalf("LoadEncoder says %v, ParseEncoder %v", err, other)
		}
		if err != nil {
			return
		}
		ids, err := e.Encode(s)
		if err != nil {
			return
		}
		for _, id := range ids {
			if id < 0 || id >= e.Size() {
				t.Fatalf("%q: number %d of %d tokens", s, id, e.Size())
			}
		}
		if _, err := e.Decode(ids); err != nil {
			t.Fatalf("%q becomes %v, which decodes to an error: %v", s, ids, err)
		}
	})
}

// FuzzLoadTFIDF: what loads has places for the terms of any text.
func FuzzLoadTFIDF(f *testing.F) {
	f.Add(`{"terms": ["a", "b"], "idf": [1, 2], "sublinear": true}`, "a")
	f.Add(`{"terms": [], "idf": []}`, "b")
	f.Fuzz(func(t *testing.T, file, term string) {
		v, err := LoadTFIDF(write(t, "tfidf.json", file))
		if err != nil {
			return
		}
		places, values := v.Sparse([]string{term, "a", term})
		if len(places) != len(values) || len(places) > 2 {
			t.Fatalf("%d places and %d values", len(places), len(values))
		}
	})
}

// FuzzLoadWordPiece: a vocabulary file that loads numbers any text, or says why not.
func FuzzLoadWordPiece(f *testing.F) {
	f.Add("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\n", "ab a")
	f.Add("[UNK]\r\n\r\na", "\xff")
	f.Fuzz(func(t *testing.T, file, s string) {
		p, err := LoadWordPiece(write(t, "vocab.txt", file))
		if err != nil {
			return
		}
		ids, err := p.Encode(s)
		if err != nil {
			return
		}
		for _, id := range ids {
			if id < 0 || id >= p.Size() {
				t.Fatalf("%q: number %d of %d tokens", s, id, p.Size())
			}
		}
	})
}

package text

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const speech = "the quick brown fox jumps over the lazy dog and the dogs bark at the foxes"

func trained(t testing.TB, size int, specials ...string) *BPE {
	t.Helper()
	p, err := TrainBPE(slices.Values([]string{speech, speech}), size, specials...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Numbers of single bytes are those that GPT-2 published: ! is 0, the space 220.
func TestBPEBytes(t *testing.T) {
	p := trained(t, 256)
	for s, want := range map[string]int{"!": 0, "A": 32, "a": 64, "~": 93, "\xa1": 94, "\xff": 187, "\x00": 188, "\n": 198, " ": 220, "\xad": 255} {
		ids, err := p.Encode(s)
		if err != nil || !slices.Equal(ids, []int{want}) {
			t.Errorf("Encode(%q) = %v, %v, want %d", s, ids, err, want)
		}
	}
	if got := alphabet.write(" \n\x00é"); got != "ĠĊĀÃ©" {
		t.Errorf("alphabet: %s, want ĠĊĀÃ©", got)
	}
}

func TestBPEFile(t *testing.T) {
	p := trained(t, 280, "<|endoftext|>")
	path := filepath.Join(t.TempDir(), "merges.txt")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := LoadBPE(path, "<|endoftext|>")
	if err != nil || !reflect.DeepEqual(again, p) {
		t.Errorf("Load = %v, %v, want %v", again, err, p)
	}
	id, ok := p.Special("<|endoftext|>")
	if id != p.Size()-1 || !ok {
		t.Errorf("Special = %d, %v, want %d", id, ok, p.Size()-1)
	}
	if _, ok := p.Special("x"); ok {
		t.Error("there is a special token x")
	}
	// A special token in a text is not one.
	ids, err := p.Encode("<|endoftext|>")
	if err != nil || slices.Contains(ids, id) {
		t.Errorf("Encode = %v, %v, want no %d", ids, err, id)
	}
	s, err := p.Decode(append(ids, id))
	if err != nil || s != "<|endoftext|><|endoftext|>" {
		t.Errorf("Decode = %q, %v", s, err)
	}
	wantError(t, "Save", p.Save(filepath.Join(path, "x")), "text: "+path)
}

func TestBPESpecials(t *testing.T) {
	p := trained(t, 300, "<b>", "<a>")
	list := p.Specials()
	if !slices.Equal(list, []string{"<b>", "<a>"}) {
		t.Errorf("special tokens %q", list)
	}
	for i, s := range list {
		if id, ok := p.Special(s); !ok || id != p.Size()-len(list)+i {
			t.Errorf("%s has number %d, want %d of %d", s, id, p.Size()-len(list)+i, p.Size())
		}
	}
	list[0] = "" // which is a copy
	if _, ok := p.Special("<b>"); !ok {
		t.Error("Specials gives its memory away")
	}
}

func TestBPETokens(t *testing.T) {
	p := trained(t, 300)
	if got := strings.Join(p.Tokens("the dogs"), "|"); got != "the| dogs" {
		t.Errorf("tokens %s", got)
	}
	if p.Size() > 300 || p.Size() < 280 {
		t.Errorf("size %d", p.Size())
	}
	// No pair of a text in which no word repeats comes twice.
	once, err := TrainBPE(slices.Values([]string{"abc"}), 1000)
	if err != nil || once.Size() != 256 {
		t.Errorf("size %d, %v, want 256", once.Size(), err)
	}
}

func TestBPEErrors(t *testing.T) {
	texts := slices.Values([]string{speech})
	for want, build := range map[string]func() (*BPE, error){
		"text: TrainBPE: size is 255, want 256 to 16777216": func() (*BPE, error) { return TrainBPE(texts, 255) },
		"text: TrainBPE: size is 256, want 257":             func() (*BPE, error) { return TrainBPE(texts, 256, "<a>") },
		`text: TrainBPE: special token 1 is "", want UTF-8`: func() (*BPE, error) { return TrainBPE(texts, 300, "<a>", "") },
		`text: special token "<a>" comes twice`:             func() (*BPE, error) { return LoadBPE("", "<a>", "<a>") },
	} {
		_, err := build()
		wantError(t, want, err, want)
	}
	p := trained(t, 256)
	_, err := p.Decode([]int{1, 256})
	wantError(t, "Decode", err, "text: BPE.Decode: number 1 is 256, want 0 to 255")
	_, err = p.Decode([]int{-1})
	wantError(t, "Decode", err, "number 0 is -1")
	for text, want := range map[string]string{
		"#version: 0.2\na b\na b\n": "line 3: the token comes twice",
		"a b\nab c\na bc\n":         `line 3: token "bc" is neither a byte nor the result of a line before`,
		"a b c\n":                   `line 1: "a b c" has 3 tokens, want 2`,
		"a\n":                       `line 1: "a" has 1 tokens, want 2`,
		"a b\n\n":                   `line 2: "" has 1 tokens`,
		"a \u3042\n":                "line 1: 'あ' is not of the alphabet for bytes",
		"a \n":                      `line 1: token "" is neither`,
		"a b\n#version: 0.2 x\n":    "line 2: ",
		"\xff a\n":                  "line 1: byte 0 is 0xff, want UTF-8",
	} {
		path := write(t, "merges.txt", text)
		_, err := LoadBPE(path)
		wantError(t, text, err, "text: "+path+": "+want)
	}
}

// A word of 262,144 letters takes minutes if time grows with its square.
func TestBPELongWord(t *testing.T) {
	p, err := TrainBPE(slices.Values([]string{strings.Repeat("a", 4096)}), 266)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	ids, err := p.Encode(strings.Repeat("a", 1<<18))
	if err != nil || len(ids) != 1<<18>>10 {
		t.Errorf("%d numbers, %v, want %d", len(ids), err, 1<<18>>10)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %v", took)
	}
}

// The order in which texts and words come does not matter.
func TestTrainBPEOrder(t *testing.T) {
	texts := strings.Fields(speech)
	a, err := TrainBPE(slices.Values(texts), 270)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(texts)
	b, err := TrainBPE(slices.Values(texts), 270)
	if err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("merges %v, then %v, %v", a.merges, b.merges, err)
	}
}

// Real text: a million characters.
func TestBPEShakespeare(t *testing.T) {
	path := shared(t, "tinyshakespeare", "input.txt")
	text := readAll(t, path)
	p, err := TrainBPE(slices.Values(strings.SplitAfter(text, "\n")), 1000)
	if err != nil || p.Size() != 1000 {
		t.Fatalf("size %d, %v", p.Size(), err)
	}
	ids, err := p.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := p.Decode(ids); err != nil || back != text {
		t.Errorf("the text is another after decoding, %v", err)
	}
	if per := float64(len(text)) / float64(len(ids)); per < 2.2 {
		t.Errorf("%.2f bytes in a token, want more than 2.2", per)
	}
}

// Decode undoes Encode for any bytes, by any merges.
func FuzzBPE(f *testing.F) {
	f.Add(speech, speech, uint16(40))
	f.Add("aaaa aaaa abab", "a\x00\xff\xfe  \n\n 's aaaaaaab", uint16(300))
	f.Add("\xc3\x28 é é é", "é\xc3", uint16(3))
	f.Fuzz(func(t *testing.T, train, s string, merges uint16) {
		if len(train) > 1<<12 {
			return
		}
		p, err := TrainBPE(slices.Values([]string{train}), 256+int(merges%1024))
		if err != nil {
			t.Fatal(err)
		}
		ids, err := p.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := p.Decode(ids)
		if err != nil || back != s {
			t.Fatalf("%q becomes %v and %q, %v", s, ids, back, err)
		}
		if got := strings.Join(p.Tokens(s), ""); got != s {
			t.Fatalf("tokens of %q are those of %q", s, got)
		}
		if slow := slowly(p, s); !slices.Equal(ids, slow) {
			t.Fatalf("%q becomes %v, one merge after the other %v", s, ids, slow)
		}
	})
}

// slowly is Encode without a queue: of every word the lowest merge, everywhere, again
// and again.
func slowly(p *BPE, s string) (all []int) {
	for s != "" {
		n := pieceLen(s)
		var ids []int32
		for i := range n {
			ids = append(ids, byteIDs[s[i]])
		}
		for best := int32(0); best >= 0; {
			best = -1
			for i := range len(ids) - 1 {
				if r, ok := p.ranks[pair{ids[i], ids[i+1]}]; ok && (best < 0 || r < best) {
					best = r
				}
			}
			if best >= 0 {
				ids = replace(ids, p.merges[best], byteTokens+best)
			}
		}
		for _, id := range ids {
			all = append(all, int(id))
		}
		s = s[n:]
	}
	return all
}

func FuzzLoadBPE(f *testing.F) {
	f.Add("#version: 0.2\nt h\nth e\nĠ the\n")
	f.Add("a a\naa aa\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := LoadBPE(write(t, "merges.txt", text))
		if err != nil {
			return
		}
		const s = "the aaaa \x00é"
		ids, err := p.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := p.Decode(ids); err != nil || back != s {
			t.Fatalf("%q, %v", back, err)
		}
	})
}

func BenchmarkBPE(b *testing.B) {
	p := trained(b, 300)
	for _, n := range []int{1, 1000} {
		s := strings.Repeat(speech+" ", n)
		b.Run(fmt.Sprintf("words=%d", 16*n), func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				if _, err := p.Encode(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

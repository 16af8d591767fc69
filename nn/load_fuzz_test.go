package nn_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/internal/atomicfile/simfs"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// FuzzLoad feeds whole files to Parse: it must return an error, or a network that
// can be saved, parsed again as the same, and asked, or say why not.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"format1.safetensors", "format2.safetensors"} {
		file, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
		f.Add(file[:len(file)/2])
	}
	for _, c := range saved {
		file, err := saveToMemory(initialised(f, c.net), &nn.Info{Input: c.x})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(checkParse)
}

// FuzzDescription feeds descriptions and infos, with the weights of a small layer.
func FuzzDescription(f *testing.F) {
	for _, name := range []string{"format1.safetensors", "format2.safetensors"} {
		file, err := safetensors.Open(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		m := file.Metadata()
		file.Close()
		network, info := m["gannet.network"], m["gannet.info"]
		f.Add(m["gannet.format"], network, info)
		f.Add(m["gannet.format"], strings.ReplaceAll(network, "4", "1099511627776"), info)
		f.Add(m["gannet.format"], `{"type":"Linear","settings":{"In":4,"Out":3}}`, strings.ReplaceAll(info, "[1,6,6]", "[4]"))
	}
	for _, network := range []string{`{"type":"Sequential","settings":{"Layers":[null]}}`, `{"type":"ReLU"}`, `{"type":"Linear","settings":{"In":4,"Out":3}}`} {
		f.Add("1", network, `{"input":[-1]}`)
		f.Add("1", network, `{"input":[4],"source":[1,2,2],"preprocess":[{"type":"Normalize","settings":{"mean":[0],"std":[1]}},{"type":"Flatten"}]}`)
		f.Add("2", network, `{"inputs":[{"name":"x","type":"F32","shape":[4]}],"outputs":[{"name":"y","type":"F32","shape":[3]}],"classes":["a","b","c"],"step":3}`)
	}
	f.Fuzz(func(t *testing.T, format, network, info string) {
		meta := map[string]string{"gannet.format": format, "gannet.network": network, "gannet.info": info}
		var b bytes.Buffer
		if safetensors.Encode(&b, []safetensors.Entry{entry("weight", 3, 4), entry("bias", 3)}, meta) != nil {
			return // text that is not UTF-8
		}
		checkParse(t, b.Bytes())
		b.Reset()
		if err := safetensors.Encode(&b, nil, meta); err != nil {
			t.Fatal(err)
		}
		checkParse(t, b.Bytes())
	})
}

// What is run has no more values in a sample than maxFuzzed, and no large number in
// its description.
const maxFuzzed = 1 << 8

var largeNumber = regexp.MustCompile(`[1-9]\d{3}|\d[eE]\+?\d`)

// checkParse parses a file and does with the network what programs do.
func checkParse(t *testing.T, file []byte) {
	net, info, err := nn.Parse(file)
	if err != nil {
		if net != nil || info != nil {
			t.Fatalf("Parse returns %v and %v with the error %v", net, info, err)
		}
		return
	}
	size := 0
	for _, s := range append([]tensor.Shape{info.Input}, info.More...) {
		size += min(s.Size(), maxFuzzed+1)
	}
	if size > maxFuzzed || largeNumber.Match(file) {
		return // running it may take long
	}
	p, err := info.Predictor(net)
	if err == nil {
		p.Close()
	}
	first, err := saveToMemory(net, info)
	if err != nil {
		if strings.Contains(err.Error(), "does not accept inputs") {
			return
		}
		t.Fatalf("a network that was parsed cannot be saved: %v", err)
	}
	again, info, err := nn.Parse(first)
	if err != nil {
		t.Fatalf("what was parsed and saved cannot be parsed again: %v", err)
	}
	second, err := saveToMemory(again, info)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("saved again, the network makes another file")
	}
}

// saveToMemory returns the file that Save writes. It does not wait for a disk.
func saveToMemory(net nn.Module, info *nn.Info) ([]byte, error) {
	s := simfs.New(nil)
	defer func(before atomicfile.FS) { atomicfile.OS = before }(atomicfile.OS)
	atomicfile.OS = s
	err := nn.Save("model", net, *info)
	return []byte(s.Files()["model"]), err
}

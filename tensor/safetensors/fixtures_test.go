package safetensors

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// expected is what another reader found in a file.
type expected struct {
	Bytes    int
	Header   int64
	Count    int `json:"n_tensors"`
	Metadata map[string]string
	Tensors  map[string]struct {
		DType   DType
		Shape   tensor.Shape
		Offsets [2]int64
		SHA256  string
		First   []any    // numbers, booleans, or "nan", "inf", "-inf"; none for F8
		Sum     *float64 // nil where it is not finite
	}
}

// fixtures returns the folder of files that other libraries wrote, which is not
// a part of the repository.
func fixtures(t *testing.T) string {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED, the folder with the fixtures, is not set")
	}
	return filepath.Join(shared, "fixtures", "safetensors")
}

// files lists the safetensors files below a folder.
func files(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".safetensors") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d files in %s, %v", len(paths), dir, err)
	}
	return paths
}

// matches compares a file with what is expected of it. Tensors of invalid
// values, which refuse to be read, are compared by their bytes.
func matches(t *testing.T, path string, invalid bool) {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(path, ".safetensors") + ".expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want expected
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.start != 8+want.Header || len(f.Names()) != want.Count || !maps.Equal(f.Metadata(), want.Metadata) {
		t.Errorf("header %d, %d tensors, metadata %q; want %d, %d, %q",
			f.start-8, len(f.Names()), f.Metadata(), want.Header, want.Count, want.Metadata)
	}
	for name, w := range want.Tensors {
		info, ok := f.Info(name)
		if !ok || info.DType != w.DType || !info.Shape.Equal(w.Shape) || info.Begin != w.Offsets[0] || info.End != w.Offsets[1] {
			t.Errorf("%s is %v, want %v", name, info, w)
			continue
		}
		raw, err := f.ReadRaw(name)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(raw.Data); hex.EncodeToString(sum[:]) != w.SHA256 {
			t.Errorf("%s: bytes differ", name)
		}
		a, err := f.Read(name)
		if invalid != (err != nil) {
			t.Errorf("%s: error %v, want one: %v", name, err, invalid)
		}
		if err == nil {
			matchesValues(t, name, w.DType, a, w.First, w.Sum)
		}
	}
}

// matchesValues compares the first values and the sum.
func matchesValues(t *testing.T, name string, dtype DType, a tensor.Any, first []any, sum *float64) {
	t.Helper()
	var got []float64 // exact: the integers of the fixtures are below 2⁵³
	switch a := a.(type) {
	case *tensor.Tensor:
		for _, v := range a.Data() {
			got = append(got, float64(v))
		}
	case *tensor.Ints:
		for _, v := range a.Data() {
			got = append(got, float64(v))
		}
	case *tensor.Bytes:
		for _, v := range a.Data() {
			got = append(got, float64(v))
		}
	case *tensor.Bools:
		for _, v := range a.Data() {
			got = append(got, map[bool]float64{true: 1}[v])
		}
	}
	if len(first) != min(len(got), 8) && dtype.Size() > 1 {
		t.Errorf("%s: %d elements, want %v", name, len(got), first)
		return
	}
	for i, v := range first {
		var want float64
		switch v := v.(type) {
		case float64:
			want = v
		case bool:
			want = map[bool]float64{true: 1}[v]
		case string:
			want = map[string]float64{"nan": math.NaN(), "inf": math.Inf(1), "-inf": math.Inf(-1)}[v]
		}
		if dtype == F64 {
			want = float64(float32(want))
		}
		if g := got[i]; g != want && !(g != g && want != want) || math.Signbit(g) != math.Signbit(want) && g == g {
			t.Errorf("%s[%d] = %v, want %v", name, i, g, want)
		}
	}
	if sum == nil {
		return
	}
	total, abs := 0.0, 0.0
	for _, v := range got {
		total += v
		abs += math.Abs(v)
	}
	// F64 rounds to 24 bits; other sums differ by their order alone.
	if math.Abs(total-*sum) > 0x1p-23*abs {
		t.Errorf("%s: sum %v, want %v", name, total, *sum)
	}
}

func TestFixturesReal(t *testing.T) {
	paths := files(t, filepath.Join(fixtures(t), "real"))
	ok, aligned := 0, 0
	for _, path := range paths {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			matches(t, path, false)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			// Files whose data are not aligned come from other writers than the
			// reference.
			f := parsed(t, data)
			if f.start%8 == 0 {
				aligned++
				if !bytes.Equal(encoded(t, rawEntries(t, f), f.Metadata()), data) {
					t.Error("our writer makes other bytes than the reference")
				}
			}
			if !t.Failed() {
				ok++
			}
		})
	}
	t.Logf("%d of %d real files match; %d have aligned data, and our writer must make the same bytes", ok, len(paths), aligned)
}

func TestFixturesMalformed(t *testing.T) {
	paths := files(t, filepath.Join(fixtures(t), "real-malformed"))
	refused := 0
	for _, path := range paths {
		if _, err := Open(path); refusal(t, path, err) {
			refused++
		}
	}
	t.Logf("%d of %d malformed files are refused", refused, len(paths))
}

// refusal reports whether err is what an invalid file should give.
func refusal(t *testing.T, path string, err error) bool {
	t.Helper()
	e, ok := errors.AsType[*FormatError](err)
	if !ok || e.Path != path {
		t.Errorf("%s: error %v, want a *FormatError", path, err)
	}
	return ok
}

func TestFixturesMadeHere(t *testing.T) {
	dir := filepath.Join(fixtures(t), "made-here")
	index, err := os.ReadFile(filepath.Join(dir, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	counts, right := map[string]int{}, map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(index)), "\n")[1:] {
		fields := strings.Split(line, "\t")
		verdict, name := fields[0], fields[1]
		counts[verdict]++
		path := filepath.Join(dir, filepath.FromSlash(name))
		t.Run(name, func(t *testing.T) {
			if verdict == "accept" {
				matches(t, path, strings.Contains(name, "bool_byte_2"))
			} else {
				_, err := Open(path)
				refusal(t, path, err)
			}
			if !t.Failed() {
				right[verdict]++
			}
		})
	}
	t.Logf("accepted %d of %d, refused %d of %d", right["accept"], counts["accept"], right["reject"], counts["reject"])
}

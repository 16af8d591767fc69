package cifar

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"image/color"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// small is the number of records in the files of most tests; 10,000 in each of
// six files would be 180 MB.
const small = 20

// content returns file k of a data set with n records in each file. Record i
// has class (k+i) mod 10, and pixels that tell k, i and the place apart.
func content(k, n int) []byte {
	b := make([]byte, 0, n*recordSize)
	for i := range n {
		b = append(b, byte((k+i)%classes))
		for j := range pixels {
			b = append(b, pixel(k, i, j))
		}
	}
	return b
}

func pixel(k, i, j int) byte { return byte(50*k + 3*i + j + j/256) }

// folder writes the files of content to a new folder, after edit has changed
// them; it leaves out those that are nil.
func folder(t testing.TB, edit func(f map[string][]byte)) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range edited(edit) {
		if b != nil {
			write(t, filepath.Join(dir, name), b)
		}
	}
	return dir
}

func edited(edit func(f map[string][]byte)) map[string][]byte {
	f := map[string][]byte{}
	for k, name := range files {
		f[name] = content(k, small)
	}
	if edit != nil {
		edit(f)
	}
	return f
}

func write(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// archive returns an archive of the files, in the order of the official one and
// with what else that holds.
func archive(t testing.TB, f map[string][]byte, more ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	put := func(h tar.Header, body []byte) {
		h.Size, h.Mode = int64(len(body)), 0o644
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	put(tar.Header{Name: folderName + "/", Typeflag: tar.TypeDir}, nil)
	for _, name := range []string{files[0], "batches.meta.txt", files[2], files[3], files[5], "readme.html", files[4], files[1]} {
		body, ok := f[name]
		if !ok {
			body = []byte("text")
		}
		if body != nil {
			put(tar.Header{Name: folderName + "/" + name, Typeflag: tar.TypeReg}, body)
		}
	}
	for _, h := range more {
		put(h, f[filepath.Base(h.Name)])
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// check compares a data set with the records of some files that have one of the
// classes, in the order of the files.
func check(t *testing.T, name string, ds data.Dataset, parts []int, wanted ...Class) {
	t.Helper()
	at := 0
	for _, k := range parts {
		for i := range small {
			class := Class((k + i) % classes)
			label := int(class)
			if len(wanted) > 0 {
				label = slices.Index(wanted, class)
			}
			if label < 0 {
				continue
			}
			if at >= ds.Len() {
				t.Fatalf("%s: %d samples, want more", name, ds.Len())
			}
			s, err := data.Get(ds, at)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := s.Y.(*tensor.Ints).Item(); got != label {
				t.Errorf("%s: label of sample %d = %d, want %d", name, at, got, label)
			}
			for j, v := range s.X.Data() {
				if want := float32(pixel(k, i, j)) / 255; v != want {
					t.Fatalf("%s: sample %d, element %d = %v, want %v", name, at, j, v, want)
				}
			}
			at++
		}
	}
	if at != ds.Len() {
		t.Errorf("%s: %d samples, want %d", name, ds.Len(), at)
	}
}

func TestLoad(t *testing.T) {
	inside := folder(t, nil)
	outside := t.TempDir()
	if err := os.Rename(inside, filepath.Join(outside, folderName)); err != nil {
		t.Fatal(err)
	}
	packed := t.TempDir()
	file := filepath.Join(packed, archiveName)
	write(t, file, archive(t, edited(nil)))
	for _, wanted := range [][]Class{nil, {Dog, Cat}, {Truck}, {Airplane, Automobile, Bird, Cat, Deer, Dog, Frog, Horse, Ship, Truck}} {
		for name, path := range map[string]string{
			"folder":             filepath.Join(outside, folderName),
			"folder around it":   outside,
			"archive":            file,
			"folder of archive":  packed,
			"both, folder first": folder(t, nil),
		} {
			train, test, err := load(path, small, wanted)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			check(t, name+": train", train, []int{0, 1, 2, 3, 4}, wanted...)
			check(t, name+": test", test, []int{5}, wanted...)
		}
	}
}

func TestLoadSpec(t *testing.T) {
	train, _, err := load(folder(t, nil), small, []Class{Ship, Bird})
	if err != nil {
		t.Fatal(err)
	}
	s := train.Spec()
	if s.Classes != 2 || !slices.Equal(s.ClassNames, []string{"ship", "bird"}) || !s.X.Equal(tensor.Shape{3, 32, 32}) {
		t.Errorf("Spec() = %+v", s)
	}
	// The first bird or ship is record 2 of the first file.
	p := func(j int) uint8 { return pixel(0, 2, j) }
	got := train.(*data.ImageSet).At(0).At(5, 7)
	if want := (color.RGBA{p(7*32 + 5), p(1024 + 7*32 + 5), p(2048 + 7*32 + 5), 255}); got != want {
		t.Errorf("pixel (5, 7) = %v, want %v", got, want)
	}
}

// A class that the files do not have gives empty data sets, not an error.
func TestLoadAbsentClass(t *testing.T) {
	dir := folder(t, func(f map[string][]byte) {
		for _, b := range f {
			for i := range small {
				b[i*recordSize] = byte(Frog)
			}
		}
	})
	train, test, err := load(dir, small, []Class{Horse})
	if err != nil || train.Len() != 0 || test.Len() != 0 {
		t.Errorf("load = %v, %v, %v, want two empty sets", train, test, err)
	}
}

// bad lists what can be wrong with the files, in a folder and in an archive
// alike.
var bad = []struct {
	name string
	edit func(f map[string][]byte)
	want []string
}{
	{"missing", func(f map[string][]byte) { f[files[2]] = nil }, []string{"data_batch_3.bin"}},
	{"missing test", func(f map[string][]byte) { f[files[5]] = nil }, []string{"test_batch.bin"}},
	{"short", func(f map[string][]byte) { f[files[2]] = f[files[2]][:small*recordSize-1] }, []string{"data_batch_3.bin: 61459 bytes, want 61460"}},
	{"long", func(f map[string][]byte) { f[files[4]] = append(f[files[4]], 0) }, []string{"data_batch_5.bin: 61461 bytes, want 61460"}},
	{"empty", func(f map[string][]byte) { f[files[0]] = []byte{} }, []string{"data_batch_1.bin: 0 bytes, want 61460"}},
	{"label", func(f map[string][]byte) { f[files[1]][17*recordSize] = 11 }, []string{"data_batch_2.bin: record 17 (byte 52241): label is 11, want 0 to 9"}},
	{"label 255 in test", func(f map[string][]byte) { f[files[5]][0] = 255 }, []string{"test_batch.bin: record 0 (byte 0): label is 255"}},
}

func wantError(t *testing.T, name string, err error, want ...string) {
	t.Helper()
	for _, w := range append(want, "cifar: ") {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%s: error %v, want one with %q", name, err, w)
		}
	}
}

func TestLoadBadFolder(t *testing.T) {
	for _, c := range bad {
		dir := folder(t, c.edit)
		train, test, err := load(dir, small, nil)
		wantError(t, c.name, err, append(c.want, dir)...)
		if train != nil || test != nil {
			t.Errorf("%s: data sets with the error", c.name)
		}
		if missing := strings.HasPrefix(c.name, "missing"); errors.Is(err, fs.ErrNotExist) != missing {
			t.Errorf("%s: error %v is fs.ErrNotExist: %v, want %v", c.name, err, !missing, missing)
		}
	}
	_, _, err := Load(folder(t, nil))
	wantError(t, "small files", err, "data_batch_1.bin: 61460 bytes, want 30730000")
}

func TestLoadBadArchive(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, archiveName)
	try := func(b []byte) error {
		write(t, name, b)
		_, _, err := load(name, small, nil)
		return err
	}
	for _, c := range bad {
		wantError(t, c.name, try(archive(t, edited(c.edit))), append(c.want, name)...)
	}
	good := archive(t, edited(nil))
	if err := try(good); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(good); n += 1 + len(good)/40 {
		wantError(t, "truncated", try(good[:n]), name)
	}
	wantError(t, "truncated by a byte", try(good[:len(good)-1]), name, "unexpected EOF")
	broken := slices.Clone(good)
	broken[len(broken)-8] ^= 1 // the checksum
	wantError(t, "checksum", try(broken), name, "checksum")
	wantError(t, "no gzip", try([]byte("<html>not found</html>")), name, "not a gzip archive")
	wantError(t, "garbage after it", try(append(slices.Clone(good), "garbage"...)), name)

	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(make([]byte, len(files)*small*recordSize+2<<20)); err != nil {
		t.Fatal(err)
	}
	z.Close()
	wantError(t, "bomb behind it", try(append(slices.Clone(good), b.Bytes()...)), name, "unpacks to more than 1417336 bytes")

	twice := tar.Header{Name: "./" + files[3], Typeflag: tar.TypeReg}
	wantError(t, "twice", try(archive(t, edited(nil), twice)), "data_batch_4.bin: comes twice")

	large := edited(nil)
	large["other"] = make([]byte, 2<<20)
	wantError(t, "large member", try(archive(t, large, tar.Header{Name: "other", Typeflag: tar.TypeReg})), "unpacks to more than")

	// Members with the right names in other places, and links, do not count.
	without := edited(func(f map[string][]byte) { f[files[1]] = nil })
	for _, h := range []tar.Header{
		{Name: "other/" + files[1], Typeflag: tar.TypeReg},
		{Name: folderName + "/" + files[1], Typeflag: tar.TypeSymlink, Linkname: files[0]},
	} {
		wantError(t, h.Name, try(archive(t, without, h)), "has no data_batch_2.bin")
	}
	if err := try(archive(t, edited(nil), tar.Header{Name: "../" + files[1], Typeflag: tar.TypeReg})); err != nil {
		t.Errorf("a member outside of the folder: %v, want it to be ignored", err)
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	_, _, err := Load(filepath.Join(dir, "nowhere"))
	wantError(t, "nowhere", err, "nowhere")
	_, _, err = Load(dir)
	wantError(t, "empty folder", err, dir, "cifar-10-batches-bin", "cifar-10-binary.tar.gz")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v is not fs.ErrNotExist", err)
	}
	_, _, err = Load(dir, Cat, Dog, Cat)
	wantError(t, "twice", err, "class cat is given twice")
	_, _, err = Load(dir, Class(10))
	wantError(t, "no class", err, "class 10 does not exist, want 0 to 9")
	_, _, err = Load(dir, Class(-1))
	wantError(t, "negative", err, "class -1")
}

// Sizes are checked before anything is read. The files are sparse: they take no
// room on most systems.
func TestLoadFullSize(t *testing.T) {
	dir := t.TempDir()
	for k, name := range files {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		size := int64(30730000)
		if k == 2 {
			size--
		}
		if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := Load(dir)
	if want := "cifar: " + filepath.Join(dir, "data_batch_3.bin") + ": 30729999 bytes, want 30730000"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestClassString(t *testing.T) {
	for c, want := range map[Class]string{Airplane: "airplane", Cat: "cat", Truck: "truck", 10: "cifar.Class(10)", -1: "cifar.Class(-1)"} {
		if got := c.String(); got != want {
			t.Errorf("Class(%d) = %q, want %q", int(c), got, want)
		}
	}
}

// The real data set, if there is one.
func TestCIFAR10(t *testing.T) {
	dir := os.Getenv("GANNET_CIFAR")
	if dir == "" {
		t.Skip("set GANNET_CIFAR to the folder of CIFAR-10 (binary version) to test with it")
	}
	train, test, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ds        data.Dataset
		n, eachOf int
	}{"train": {train, 50000, 5000}, "test": {test, 10000, 1000}} {
		count := make([]int, classes)
		for i := range c.ds.Len() {
			label, err := data.Label(c.ds, i)
			if err != nil {
				t.Fatal(err)
			}
			count[label]++
		}
		if want := slices.Repeat([]int{c.eachOf}, classes); c.ds.Len() != c.n || !slices.Equal(count, want) {
			t.Errorf("%s: %d pictures, %v of each class, want %d, %v", name, c.ds.Len(), count, c.n, want)
		}
	}
	mean, std, err := data.MeanStd(train)
	if err != nil {
		t.Fatal(err)
	}
	for c := range mean {
		if math.Abs(float64(mean[c]-Mean[c])) > 5e-5 || math.Abs(float64(std[c]-Std[c])) > 5e-5 {
			t.Errorf("channel %d: mean %v, standard deviation %v, want %v, %v", c, mean[c], std[c], Mean[c], Std[c])
		}
	}
	cats, _, err := Load(dir, Cat, Dog)
	if err != nil || cats.Len() != 10000 {
		t.Errorf("cats and dogs: %d, %v, want 10000", cats.Len(), err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(content(0, 2))
	f.Add(content(0, 2)[:recordSize+7])
	f.Add([]byte{10})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := newCollector(2, []Class{Cat, Airplane})
		if err != nil {
			t.Fatal(err)
		}
		c.allocate()
		valid := len(b) >= 2*recordSize && b[0] < classes && b[recordSize] < classes
		if err := c.read(0, "file", bytes.NewReader(b)); (err == nil) != valid {
			t.Fatalf("error %v, want one: %v", err, !valid)
		}
		if p := c.parts[0]; len(p.pixels) != len(p.labels)*pixels || len(p.labels) > 2 {
			t.Fatalf("%d labels, %d pixels", len(p.labels), len(p.pixels))
		}
	})
}

func FuzzReadArchive(f *testing.F) {
	tiny := map[string][]byte{}
	for k, name := range files {
		tiny[name] = content(k, 1)
	}
	good := archive(f, tiny)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte{0x1f, 0x8b, 8})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := newCollector(1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.readArchive("archive", bytes.NewReader(b)); err != nil {
			return
		}
		if n := c.dataset(c.parts[:]).Len(); n != len(files) {
			t.Fatalf("%d pictures of a complete archive, want %d", n, len(files))
		}
	})
}

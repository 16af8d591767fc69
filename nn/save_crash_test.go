package nn_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/internal/atomicfile/simfs"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// numbered returns a network all of whose parameters are n.
func numbered(n int) (nn.Module, error) {
	net, err := nn.Init(1, nn.Seq(nn.NewLinear(64, 64), nn.ReLU, nn.NewLinear(64, 64)))
	if err != nil {
		return nil, err
	}
	for _, p := range nn.Params(net) {
		p.Value.Fill(float32(n))
	}
	return net, nil
}

// saveNumbered saves network n.
func saveNumbered(path string, n int) error {
	net, err := numbered(n)
	if err != nil {
		return err
	}
	return nn.Save(path, net, nn.Info{Input: tensor.Shape{64}, Step: n})
}

// numberOf returns the number of the network in a file, which must be whole.
func numberOf(file []byte) (int, error) {
	net, info, err := nn.Parse(file)
	if err != nil {
		return 0, err
	}
	for _, p := range nn.Params(net) {
		for _, v := range p.Value.Data() {
			if v != float32(info.Step) {
				return 0, fmt.Errorf("%s of step %d holds a %v", p.Name, info.Step, v)
			}
		}
	}
	return info.Step, nil
}

// onDisk makes the files of a simulated disk those that Save writes to.
func onDisk(t *testing.T, s *simfs.FS) {
	before := atomicfile.OS
	atomicfile.OS = s
	t.Cleanup(func() { atomicfile.OS = before })
}

// TestSaveFaults makes every operation of Save fail in turn, alone or with all that
// follow: the path holds the old network or, if Save says so, the new one.
func TestSaveFaults(t *testing.T) {
	const path = "models/m"
	s := simfs.New(nil)
	onDisk(t, s)
	if err := saveNumbered(path, 1); err != nil {
		t.Fatal(err)
	}
	old := s.Files()[path]
	faults := 0
	for _, mode := range []simfs.FS{{}, {Short: true}, {FailAll: true}} {
		for k := 1; ; k++ {
			s := simfs.New(map[string]string{path: old})
			s.FailAt, s.FailAll, s.Short = k, mode.FailAll, mode.Short
			atomicfile.OS = s
			err := saveNumbered(path, 2)
			want := 1
			if err == nil || strings.Contains(err.Error(), "perhaps not durably") {
				want = 2
			}
			if n, parseErr := numberOf([]byte(s.Files()[path])); parseErr != nil || n != want {
				t.Errorf("fault %d: the file holds network %d, %v, want %d after %v", k, n, parseErr, want, err)
			}
			if s.Ops() < k {
				if err != nil {
					t.Errorf("without a fault: %v", err)
				}
				break
			}
			if !errors.Is(err, simfs.ErrFull) || !strings.HasPrefix(err.Error(), "nn: Save: ") {
				t.Errorf("fault %d: %v, want nn: Save: … no space left", k, err)
			}
			faults++
		}
	}
	t.Logf("%d faults survived", faults)
}

// TestSaveCrash looks at every state that a crash in or after Save may leave on the
// disk.
func TestSaveCrash(t *testing.T) {
	const path = "models/m"
	s := simfs.New(nil)
	onDisk(t, s)
	if err := saveNumbered(path, 1); err != nil {
		t.Fatal(err)
	}
	s = simfs.New(map[string]string{path: s.Files()[path]})
	atomicfile.OS = s
	start, states := s.Len(), 0
	if err := saveNumbered(path, 2); err != nil {
		t.Fatal(err)
	}
	for k := start; k <= s.Len(); k++ {
		s.Crashes(k, func(files map[string]string) bool {
			states++
			n, err := numberOf([]byte(files[path]))
			if err != nil || n == 1 && k == s.Len() {
				t.Errorf("a crash after operation %d leaves network %d, %v", k, n, err)
			}
			return err == nil
		})
	}
	t.Logf("%d states hold the old or the new network", states)
}

// The environment variable that makes the test binary a program which saves to a
// path, see TestSaveKilled, and that which says how often to kill it.
const (
	saverVariable = "GANNET_TEST_SAVE"
	killsVariable = "GANNET_KILLS"
)

// saveForever saves one network after the other, and prints the number of each that
// is saved.
func saveForever(path string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	n, err := numberOf(file)
	for err == nil {
		n++
		if err = saveNumbered(path, n); err == nil {
			_, err = fmt.Println(n)
		}
	}
	return err
}

// TestSaveKilled kills a process that saves, at random times: the file is that of
// the last network which was said to be saved, or of the next.
//
//	GANNET_KILLS=1000 go test ./nn -run TestSaveKilled -v -timeout 1h
func TestSaveKilled(t *testing.T) {
	kills := 20
	if testing.Short() {
		kills = 2
	}
	if s := os.Getenv(killsVariable); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "model")
	if err := saveNumbered(path, 0); err != nil {
		t.Fatal(err)
	}
	said, midway := 0, 0
	for k := range kills {
		acknowledged, err := killSaver(t, path)
		if err != nil {
			t.Fatal(err)
		}
		said = max(said, acknowledged)
		n, err := numberOf(readFile(t, path))
		if err != nil || n != said && n != said+1 {
			t.Fatalf("kill %d: the file holds network %d, %v, want %d or the next", k, n, err, said)
		}
		said = n
		temporary, err := atomicfile.CleanTemp(path)
		if err != nil {
			t.Fatal(err)
		}
		midway += min(temporary, 1)
	}
	t.Logf("%d kills, %d of them while a file was being written; %d networks saved, none lost or torn", kills, midway, said)
}

// killSaver starts a saver, kills it a little after its first network, and returns
// the number of the last one that it printed.
func killSaver(t *testing.T, path string) (said int, err error) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), saverVariable+"="+path)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("cannot start the test binary again: %v", err)
	}
	lines := bufio.NewReader(out)
	first := true
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF { // what is left of a line was not acknowledged
			break
		}
		if err != nil {
			return 0, err
		}
		if said, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
			return 0, err
		}
		if first {
			first = false
			time.AfterFunc(time.Duration(rand.IntN(20_000))*time.Microsecond, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
		}
	}
	cmd.Wait() //nolint:errcheck // it was killed
	if problem.Len() > 0 {
		return 0, errors.New(problem.String())
	}
	return said, nil
}

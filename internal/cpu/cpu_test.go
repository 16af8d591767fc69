package cpu

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
)

// TestRequired makes a run fail that was meant for a level and did not get it.
// GANNET_REQUIRE_CPU names the level.
func TestRequired(t *testing.T) {
	want := os.Getenv("GANNET_REQUIRE_CPU")
	if want == "" {
		t.Skip("GANNET_REQUIRE_CPU is not set")
	}
	if got := Current().String(); got != want {
		t.Fatalf("level in force is %s, want %s; available are %v", got, want, Available)
	}
}

func TestSet(t *testing.T) {
	defer Set(Current())
	for _, l := range Available {
		Set(l)
		if Current() != l || !Has(l) || !Has(Generic) {
			t.Errorf("after Set(%v): Current() = %v, Has(%v) = %v, Has(generic) = %v", l, Current(), l, Has(l), Has(Generic))
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Set of a level that is not available did not panic")
		}
	}()
	for _, l := range []Level{NEON, AVX512} { // no machine has both
		if !slices.Contains(Available, l) {
			Set(l)
		}
	}
}

func TestAvailable(t *testing.T) {
	if Available[0] != Generic || !slices.IsSorted(Available) {
		t.Errorf("Available = %v, want generic first and ascending", Available)
	}
	if Cache.L1 < 1<<10 || Cache.L2 < Cache.L1 {
		t.Errorf("Cache = %+v, want at least 1 KiB of L1 and no less of L2", Cache)
	}
}

func TestParseLevel(t *testing.T) {
	for l := Generic; l <= AVX512; l++ {
		if got, err := ParseLevel(l.String()); got != l || err != nil {
			t.Errorf("ParseLevel(%q) = %v, %v", l, got, err)
		}
	}
	if _, err := ParseLevel("sse9"); err == nil {
		t.Error("ParseLevel(sse9) did not fail")
	}
}

// TestEnvironment runs this test in processes of its own with the variable set.
func TestEnvironment(t *testing.T) {
	if want := os.Getenv("GANNET_TEST_LEVEL"); want != "" {
		if got := Current().String(); got != want {
			t.Errorf("GANNET_CPU=%s gives %s, want %s", os.Getenv("GANNET_CPU"), got, want)
		}
		return
	}
	best := Available[len(Available)-1].String()
	for set, want := range map[string]string{"generic": "generic", best: best, "nonsense": best, "": best} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestEnvironment$")
		cmd.Env = append(os.Environ(), "GANNET_CPU="+set, "GANNET_TEST_LEVEL="+want, "GANNET_REQUIRE_CPU=")
		out, err := cmd.CombinedOutput()
		if errors.Is(err, syscall.ENOEXEC) {
			t.Skip("the system cannot start this program again, which an emulator runs; GANNET_REQUIRE_CPU checks the level")
		}
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

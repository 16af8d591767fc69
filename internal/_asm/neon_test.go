package neon

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// text returns what a routine prints as.
func text(f *Func) string {
	var b bytes.Buffer
	f.print(&b)
	return b.String()
}

// samples returns a routine with all instructions that are written as words, on low
// and high registers.
func samples() *Func {
	f := new(File).Func("f", "func()")
	v := f.Vecs(30)
	for _, x := range v {
		f.I("VMOVI $1, V%d.B16", Def(x))
	}
	for i, op := range []func(a, b Vec) Vec{f.FAdd, f.FSub, f.FMul, f.FDiv, f.FEq, f.FGt, f.FGe} {
		f.StoreVec(op(v[4*i], v[29-i]), "R0", 0)
	}
	for i, op := range []func(a Vec) Vec{f.FSqrt, f.FNeg, f.FromInt, f.Not} {
		f.StoreVec(op(v[7*i]), "R0", 0)
	}
	f.StoreVec(f.ShiftRight(v[29], 1), "R0", 0)
	f.StoreVec(f.ShiftRight(v[1], 23), "R0", 0)
	for lane := range 4 {
		f.FMALane(v[lane], v[28-lane], v[29-3*lane], lane)
	}
	for _, x := range v {
		f.StoreVec(x, "R0", 0)
	}
	f.Ret()
	return f
}

// TestWords compares the words with what GNU as makes of the comments; see TestAssembler.
func TestWords(t *testing.T) {
	got := words.FindAllString(text(samples()), -1)
	if len(got) != len(want) {
		t.Fatalf("%d words, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i, w := range want {
		if got[i] != w {
			t.Errorf("instruction %d is %s, want %s", i, got[i], w)
		}
	}
}

// want are checked by GNU as 2.40.
var want = []string{
	"WORD $0x4e21d7c0 // fadd v0.4s, v30.4s, v1.4s",
	"WORD $0x4ea2d740 // fsub v0.4s, v26.4s, v2.4s",
	"WORD $0x6e23dec0 // fmul v0.4s, v22.4s, v3.4s",
	"WORD $0x6e24fe40 // fdiv v0.4s, v18.4s, v4.4s",
	"WORD $0x4e25e5c0 // fcmeq v0.4s, v14.4s, v5.4s",
	"WORD $0x6ea6e540 // fcmgt v0.4s, v10.4s, v6.4s",
	"WORD $0x6e27e4c0 // fcmge v0.4s, v6.4s, v7.4s",
	"WORD $0x6ea1fbc0 // fsqrt v0.4s, v30.4s",
	"WORD $0x6ea0fae0 // fneg v0.4s, v23.4s",
	"WORD $0x4e21da00 // scvtf v0.4s, v16.4s",
	"WORD $0x6e205920 // mvn v0.16b, v9.16b",
	"WORD $0x4f3f0420 // sshr v0.4s, v1.4s, #1",
	"WORD $0x4f2907a0 // sshr v0.4s, v29.4s, #23",
	"WORD $0x4f81105e // fmla v30.4s, v2.4s, v1.s[0]",
	"WORD $0x4fa4107d // fmla v29.4s, v3.4s, v4.s[1]",
	"WORD $0x4f87189c // fmla v28.4s, v4.4s, v7.s[2]",
	"WORD $0x4faa18bb // fmla v27.4s, v5.4s, v10.s[3]",
}

// words are the instructions written as words in the files of the packages.
var words = regexp.MustCompile(`WORD \$0x([0-9a-f]{8}) // (.*)`)

// TestAssembler assembles every such instruction with GNU as, where that is.
func TestAssembler(t *testing.T) {
	as, err := exec.LookPath("aarch64-linux-gnu-as")
	if err != nil {
		t.Skip("no aarch64-linux-gnu-as (Debian: binutils-aarch64-linux-gnu)")
	}
	files, err := filepath.Glob("../*/*_neon_arm64.s")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files (%v)", err)
	}
	var source strings.Builder
	var want []string
	take := func(text string) {
		for _, m := range words.FindAllStringSubmatch(text, -1) {
			want = append(want, m[1])
			fmt.Fprintln(&source, m[2])
		}
	}
	take(text(samples()))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		take(string(text))
	}
	dir := t.TempDir()
	in, object, raw := filepath.Join(dir, "in.s"), filepath.Join(dir, "out.o"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, []byte(source.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]string{{as, "-o", object, in}, {"aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", object, raw}} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", c, err, out)
		}
	}
	code, err := os.ReadFile(raw)
	if err != nil || len(code) != 4*len(want) {
		t.Fatalf("%d bytes of code for %d instructions (%v)", len(code), len(want), err)
	}
	lines := strings.Split(source.String(), "\n")
	for i, w := range want {
		c := code[4*i:]
		if got := fmt.Sprintf("%02x%02x%02x%02x", c[3], c[2], c[1], c[0]); got != w {
			t.Fatalf("%s is written as %s, want %s", lines[i], w, got)
		}
	}
	t.Logf("%d instructions in %d files", len(want), len(files))
}

// TestAllocate looks at what becomes of names.
func TestAllocate(t *testing.T) {
	f := new(File).Func("f", "func(x []float32, n int, s float32) float32")
	x, n := f.Load("x_base"), f.Load("n")
	s := f.Scalar("s")
	sum := f.Copy(f.Zero())
	f.Label("loop")
	next := f.FAdd(sum, f.FMul(f.LoadVec(x, 0), s))
	f.Move(sum, next)
	f.I("SUBS $1, %v", n)
	f.Jump("BNE", "loop")
	f.I("FMOVS F%d, %v", Use(sum), f.Arg("ret"))
	f.Ret()
	number := f.allocate()
	if number[s] == number[sum] {
		t.Error("two values that are needed in the loop have one register")
	}
	if number[sum] != number[next] || strings.Contains(text(f), "VMOV V") {
		t.Errorf("a copy was not left out:\n%s", text(f))
	}
	for place, arg := range map[string]string{"n+24(FP)": "n", "s+32(FP)": "s", "ret+40(FP)": "ret"} {
		if f.Arg(arg) != place {
			t.Errorf("%s is at %s, want %s", arg, f.Arg(arg), place)
		}
	}
	if f.size != 44 {
		t.Errorf("arguments take %d bytes, want 44", f.size)
	}
}

// TestCopyThatStays: a copy is made where both values are needed.
func TestCopyThatStays(t *testing.T) {
	f := new(File).Func("f", "func()")
	a := f.Zero()
	b := f.Copy(a)
	f.FMA(b, a, a)
	f.StoreVecs([]Vec{a, b}, "R0", 0)
	f.Ret()
	if number := f.allocate(); number[a] == number[b] || !strings.Contains(text(f), "VMOV V") {
		t.Errorf("the copy is missing:\n%s", text(f))
	}
}

func TestPanics(t *testing.T) {
	for name, body := range map[string]func(f *Func){
		"a register that is not set": func(f *Func) { f.StoreVec(f.Vec(), "R0", 0) },
		"too many registers": func(f *Func) {
			var v []Vec
			for range registers + 1 {
				v = append(v, f.Zero())
			}
			f.StoreVecs(v, "R0", 0)
		},
		"no label":    func(f *Func) { f.Jump("B", "nowhere") },
		"no argument": func(f *Func) { f.Load("x") },
		"too many general registers": func(f *Func) {
			for range len(free) + 1 {
				f.Reg("r")
			}
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f := new(File).Func("f", "func()")
			body(f)
			f.Ret()
			f.allocate()
		}()
	}
}

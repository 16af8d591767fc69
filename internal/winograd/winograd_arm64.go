//go:build !purego

package winograd

import "github.com/gannet-ml/gannet/internal/cpu"

//go:generate go -C _asm run . -isa neon -out ../winograd_neon_arm64.s

var archTransforms = []*transforms{
	{cpu.NEON, 2, 4, input2NEON, output2NEON, kernel2NEON},
	{cpu.NEON, 4, 4, input4NEON, output4NEON, kernel4NEON},
}

//go:noescape
func input2NEON(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func input4NEON(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func output2NEON(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func output4NEON(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel2NEON(dst []float32, stride, pitch int, src []float32, step int, taps *[9]int, n, rows int, room *scratch)

//go:noescape
func kernel4NEON(dst []float32, stride, pitch int, src []float32, step int, taps *[9]int, n, rows int, room *scratch)

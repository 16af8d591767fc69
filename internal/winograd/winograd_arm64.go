//go:build !purego

package winograd

import "github.com/gannet-ml/gannet/internal/cpu"

var archTransforms = []*transforms{
	{cpu.NEON, Form{2, 3}, 4, input4to4NEON, output4to2NEON, kernel3to4NEON, gradient2to4NEON, weight4to3NEON},
	{cpu.NEON, Form{4, 3}, 4, input6to6NEON, output6to4NEON, kernel3to6NEON, gradient4to6NEON, weight6to3NEON},
	{cpu.NEON, Form{2, 5}, 4, input6to6NEON, output6to2NEON, kernel5to6NEON, gradient2to6NEON, weight6to5NEON},
}

//go:noescape
func input4to4NEON(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func output4to2NEON(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel3to4NEON(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, room *scratch)

//go:noescape
func gradient2to4NEON(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func weight4to3NEON(dst []float32, pitch int, src []float32, stride, n int, room *scratch)

//go:noescape
func input6to6NEON(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func output6to4NEON(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel3to6NEON(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, room *scratch)

//go:noescape
func gradient4to6NEON(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func weight6to3NEON(dst []float32, pitch int, src []float32, stride, n int, room *scratch)

//go:noescape
func output6to2NEON(dst []float32, pitch int, offs []int, src []float32, stride int, bias float32, room *scratch)

//go:noescape
func kernel5to6NEON(dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int, room *scratch)

//go:noescape
func gradient2to6NEON(dst []float32, stride int, src []float32, pitch int, offs []int, room *scratch)

//go:noescape
func weight6to5NEON(dst []float32, pitch int, src []float32, stride, n int, room *scratch)

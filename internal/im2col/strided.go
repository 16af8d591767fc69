package im2col

import "github.com/gannet-ml/gannet/internal/vec"

// take copies every step-th column of rows,
//
//	dst[r*dstPitch+i] = src[r*srcPitch+i*step]    r < rows, i < cols
//
// of which there is at least one each. It touches no other elements.
func take(dst []float32, dstPitch int, src []float32, srcPitch, step, rows, cols int) {
	if step == 2 && takeArch(dst, dstPitch, src, srcPitch, rows, cols) {
		return
	}
	for r := range rows {
		to, from := dst[r*dstPitch:][:cols], src[r*srcPitch:][:(cols-1)*step+1]
		if step == 1 {
			copy(to, from)
			continue
		}
		for i := range to {
			to[i] = from[i*step]
		}
	}
}

// add adds to every step-th column of rows,
//
//	dst[r*dstPitch+i*step] += src[r*srcPitch+i]    r < rows, i < cols
//
// of which there is at least one each. It changes no other elements.
func add(dst []float32, dstPitch int, src []float32, srcPitch, step, rows, cols int) {
	if step == 2 && addArch(dst, dstPitch, src, srcPitch, rows, cols) {
		return
	}
	for r := range rows {
		to, from := dst[r*dstPitch:][:(cols-1)*step+1], src[r*srcPitch:][:cols]
		if step == 1 {
			vec.Add(to, to, from)
			continue
		}
		for i, v := range from {
			to[i*step] += v
		}
	}
}

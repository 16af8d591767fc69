package gemm

// tileGeneric is [kernel.tile] in plain Go for tiles of up to 4×4. The
// conversion of each product to float32 forbids the compiler to fuse it with
// the sum, so that results are the same on every architecture.
func tileGeneric(c []float32, ldc int, init []float32, ldinit int, a, b []float32, ldb, k, rows, cols int) {
	if rows == 4 && cols == 4 {
		tile4x4(c, ldc, init, ldinit, a, b, ldb, k)
		return
	}
	for i := range rows {
		for j := range cols {
			sum := init[i*ldinit+j]
			for p := range k {
				sum += float32(a[p*rows+i] * b[p*ldb+j])
			}
			c[i*ldc+j] = sum
		}
	}
}

// tile4x4 keeps two rows of the tile in registers at a time, which is what
// sixteen registers hold.
func tile4x4(c []float32, ldc int, init []float32, ldinit int, a, b []float32, ldb, k int) {
	for i := 0; i < 4; i += 2 {
		x := (*[4]float32)(init[i*ldinit:])
		y := (*[4]float32)(init[(i+1)*ldinit:])
		x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
		y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
		for p := range k {
			ap := (*[2]float32)(a[p*4+i:])
			bp := (*[4]float32)(b[p*ldb:])
			u, v := ap[0], ap[1]
			b0, b1, b2, b3 := bp[0], bp[1], bp[2], bp[3]
			x0 += float32(u * b0)
			x1 += float32(u * b1)
			x2 += float32(u * b2)
			x3 += float32(u * b3)
			y0 += float32(v * b0)
			y1 += float32(v * b1)
			y2 += float32(v * b2)
			y3 += float32(v * b3)
		}
		*(*[4]float32)(c[i*ldc:]) = [4]float32{x0, x1, x2, x3}
		*(*[4]float32)(c[(i+1)*ldc:]) = [4]float32{y0, y1, y2, y3}
	}
}

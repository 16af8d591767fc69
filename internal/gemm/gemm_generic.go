package gemm

// tileGeneric is [kernel.tile] in plain Go for tiles of up to 4×4. The
// conversion of each product to float32 forbids the compiler to fuse it with
// the sum, so that results are the same on every architecture.
func tileGeneric(c []float32, ldc int, init []float32, ldinit int, a, b []float32, ldb, k, rows, cols int) {
	if rows == 4 && cols == 4 {
		tile2x4(c, ldc, init, ldinit, a, b, ldb, k)
		tile2x4(c[2*ldc:], ldc, init[2*ldinit:], ldinit, a[min(2, len(a)):], b, ldb, k)
		return
	}
	for i := range rows {
		tile1x4(c[i*ldc:][:cols], init[i*ldinit:][:cols], a[min(i, len(a)):], rows, b, ldb, k)
	}
}

// tile2x4 computes two of four rows, as many as sixteen registers hold with
// what they need.
func tile2x4(c []float32, ldc int, init []float32, ldinit int, a, b []float32, ldb, k int) {
	x, y := (*[4]float32)(init), (*[4]float32)(init[ldinit:])
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
	for p := range k {
		u, v := a[4*p], a[4*p+1]
		row := (*[4]float32)(b[p*ldb:])
		b0, b1, b2, b3 := row[0], row[1], row[2], row[3]
		x0 += float32(u * b0)
		x1 += float32(u * b1)
		x2 += float32(u * b2)
		x3 += float32(u * b3)
		y0 += float32(v * b0)
		y1 += float32(v * b1)
		y2 += float32(v * b2)
		y3 += float32(v * b3)
	}
	*(*[4]float32)(c) = [4]float32{x0, x1, x2, x3}
	*(*[4]float32)(c[ldc:]) = [4]float32{y0, y1, y2, y3}
}

// tile1x4 computes one row of up to four columns.
func tile1x4(c, init, a []float32, lda int, b []float32, ldb, k int) {
	var s [4]float32
	copy(s[:], init)
	x0, x1, x2, x3 := s[0], s[1], s[2], s[3]
	for p := range k {
		u := a[p*lda]
		row := (*[4]float32)(b[p*ldb:])
		x0 += float32(u * row[0])
		x1 += float32(u * row[1])
		x2 += float32(u * row[2])
		x3 += float32(u * row[3])
	}
	s = [4]float32{x0, x1, x2, x3}
	copy(c, s[:])
}

#!/usr/bin/env python3
"""Rate of OpenBLAS's sgemm: gemm.py LIBRARY THREADS M N K -> GFLOP/s (median of samples of about 50 ms), C = A·B, row-major."""
import ctypes, os, sys, time
lib, threads, M, N, K = sys.argv[1], *map(int, sys.argv[2:])
os.environ['OPENBLAS_NUM_THREADS'] = str(threads)
blas = ctypes.CDLL(lib)
f, i, p = ctypes.c_float, ctypes.c_int, ctypes.c_void_p
blas.cblas_sgemm.argtypes = [i, i, i, i, i, i, f, p, i, p, i, f, p, i]


def matrix(n):                                       # aligned, filled
    raw = ctypes.create_string_buffer(4 * n + 64)
    at = (ctypes.addressof(raw) + 63) & ~63
    view = (f * n).from_address(at)
    for j in range(n): view[j] = (j * 2654435761 % 1000) / 1000 - .5
    return raw, at


a, b, c = matrix(M * K), matrix(K * N), matrix(M * N)
run = lambda: blas.cblas_sgemm(101, 111, 111, M, N, K, 1, a[1], K, b[1], N, 0, c[1], N)
run(); t = time.perf_counter(); run(); t = time.perf_counter() - t
reps, rates = int(0.05 / t) + 1, []
for _ in range(9):
    t = time.perf_counter()
    for _ in range(reps): run()
    rates.append(2e-9 * M * N * K * reps / (time.perf_counter() - t))
print(sorted(rates)[len(rates) // 2])

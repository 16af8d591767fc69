#!/bin/sh
# Runs a command with PyTorch's best settings on Debian: the OpenMP build of OpenBLAS, so that there is one pool of threads,
# and a malloc that keeps its pages. The defaults cost PyTorch a factor of 1.2 to 5 at two threads; ONNX Runtime, too, loses
# where pages are dear, as on virtual machines. Usage: tuned.sh THREADS COMMAND…
t=$1; shift
dir=/usr/lib/$(uname -m)-linux-gnu/openblas-openmp
export OMP_NUM_THREADS=$t OPENBLAS_NUM_THREADS=$t LD_LIBRARY_PATH="$dir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export MALLOC_TOP_PAD_=1073741824 MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592
exec "$@"

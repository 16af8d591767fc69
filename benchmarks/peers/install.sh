#!/bin/sh
# Installs the libraries that the comparison measures against, on Debian 12 as root, and builds the programs that run them:
#
#   sh benchmarks/peers/install.sh [FOLDER]
#
# FOLDER is where the programs and ONNX Runtime go, by default gannet-peers in the user's cache, where the comparison looks. What
# cannot be installed is said at the end; the comparison then leaves it out. ONNX Runtime wants Node.js and npm.
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/gannet-peers}
mkdir -p "$folder" && cd "$folder" || exit 1
missing=
apt-get install -y gcc g++ libc6-dev libopenblas0-pthread || missing="$missing OpenBLAS"
apt-get install -y libdnnl-dev || missing="$missing oneDNN"
apt-get install -y python3-torch python3-torchvision libopenblas0-openmp || missing="$missing PyTorch"
gcc -O3 -march=native -pthread "$here/ceiling.c" -o ceiling || missing="$missing ceiling"
gcc -O2 "$here/openblas.c" -ldl -o openblas || missing="$missing openblas"
g++ -O2 "$here/onednn.cpp" -ldnnl -o onednn || missing="$missing onednn"
npm install --prefix . --ignore-scripts onnxruntime-node@1.30.0 || missing="$missing onnxruntime" # the package holds the library for the CPU
[ -z "$missing" ] || { echo "not installed:$missing" >&2; exit 1; }

// Package gannet is the root of a deep-learning library in pure Go. It holds
// documentation only; these are the packages to import:
//
//   - [github.com/gannet-ml/gannet/nn]: networks from layers, losses, training,
//     evaluation, prediction, files
//   - [github.com/gannet-ml/gannet/conv]: convolution, pooling, resizing
//   - [github.com/gannet-ml/gannet/rnn]: recurrent layers
//   - [github.com/gannet-ml/gannet/optim]: optimizers, schedules, averages
//   - [github.com/gannet-ml/gannet/data]: data sets, batches, transforms; below
//     it readers of pictures, tables, NumPy's files, CIFAR-10 and MNIST
//   - [github.com/gannet-ml/gannet/tensor]: arrays; below it differentiation
//     ([github.com/gannet-ml/gannet/tensor/grad]) and the safetensors format
//   - [github.com/gannet-ml/gannet/nn/metric], nn/plot, nn/progress and
//     nn/inspect: measures, pictures, progress bars, a look inside
//
// A plain go build, also with CGO_ENABLED=0, gives the full speed: kernels for
// AVX2 and AVX-512 are chosen at run time. The build tag purego leaves assembly
// out, and the environment variable GANNET_CPU (generic, avx2 or avx512) lowers
// the level.
package gannet

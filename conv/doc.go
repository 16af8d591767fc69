// Package conv provides convolution and pooling of pictures and sequences, and what
// changes the size of pictures: as layers, as differentiable operations and, where
// that is of use, as plain functions on tensors.
//
//	net, err := nn.Init(1, nn.Seq(
//		conv.New2D(3, 32, 3, conv.Same), nn.ReLU,          // [N 3 32 32] → [N 32 32 32]
//		conv.New2D(32, 64, 5, conv.Same), nn.ReLU,         // → [N 64 32 32]
//		conv.MaxPool2D(2), nn.Flatten,                     // → [N 64·16·16]
//		nn.NewLinear(64*16*16, 2),
//	))
//
// # What there is
//
// Layers for pictures [N, C, H, W] (batch, channels, rows, columns):
//
//	constructor                            layer            in PyTorch
//	New2D(in, out, kernel)                 Conv2D           Conv2d
//	NewTranspose2D(in, out, kernel)        ConvTranspose2D  ConvTranspose2d
//	NewSeparable2D(in, out, kernel)        Separable2D      two Conv2d
//	MaxPool2D(kernel), AvgPool2D(kernel)   Pool2D           MaxPool2d, AvgPool2d
//	LPPool2D(p, kernel)                    PowerPool2D      LPPool2d
//	AdaptiveMaxPool2D(h, w),               AdaptivePool2D   AdaptiveMaxPool2d,
//	AdaptiveAvgPool2D(h, w)                                 AdaptiveAvgPool2d
//	Upsample(scale), UpsampleTo(h, w)      Resize           Upsample, interpolate
//	PixelShuffle(r), PixelUnshuffle(r)     Shuffle          PixelShuffle, PixelUnshuffle
//
// Layers for sequences [N, C, L]:
//
//	New1D(in, out, kernel)                 Conv1D           Conv1d
//	NewTranspose1D(in, out, kernel)        ConvTranspose1D  ConvTranspose1d
//	MaxPool1D(kernel), AvgPool1D(kernel)   Pool1D           MaxPool1d, AvgPool1d
//	AdaptiveMaxPool1D(n),                  AdaptivePool1D   AdaptiveMaxPool1d,
//	AdaptiveAvgPool1D(n)                                    AdaptiveAvgPool1d
//
// Layers for both:
//
//	GlobalMaxPool, GlobalAvgPool           GlobalPool       amax, mean
//
// The rest:
//
//   - [Settings], [Settings1D] and the options [Stride], [Pad], [Same], [Valid],
//     [Dilation], [Groups], [OutputPad] and [NoBias]: how the kernel moves;
//     [NoWinograd]: how it is computed.
//     [Bilinear] and [AlignCorners]: how [Upsample] makes its pixels.
//   - [Apply2D], [Apply1D], [ApplyTranspose2D], [ApplyTranspose1D]: the operations
//     behind the layers, for weights that are not a layer's.
//   - [Forward2D], [Forward1D], [ForwardTranspose2D], [ForwardTranspose1D],
//     [DataGrad2D], [WeightGrad2D], [PoolMax2D], [PoolMean2D],
//     [Resize.Interpolate]: plain functions on tensors.
//
// Names, defaults, layouts and initial values are PyTorch's: weights are [Out,
// In/Groups, KH, KW], those of transposed convolutions [In, Out/Groups, KH, KW].
//
// # The formula, and the textbook's
//
// For picture n, output channel o and pixel (i, j), all counted from 0,
//
//	y[n,o,i,j] = bias[o] + Σ_c,h,w weight[o,c,h,w] · x[n, c, i·sᵣ+h·dᵣ−p, j·s꜀+w·d꜀−q]
//
// with strides s, dilations d and p rows and q columns of padding at the top and
// left; x is 0 outside of the picture. With G groups, the Out/G output channels
// of a group see the In/G input channels of the same group only. There are
// ⌊(H + padding − dᵣ·(KH−1) − 1)/sᵣ⌋ + 1 rows of output, and columns alike.
//
// This is what mathematics calls cross-correlation, and what every library for
// neural networks computes. The textbook's convolution of x with a kernel k of
// M×N elements, all indices from 1,
//
//	y(i,j) = Σ_m,n x(i−m+1, j−n+1) · k(m,n)
//
// is the same with the kernel flipped in rows and columns, padded by M−1 rows
// and N−1 columns; without padding it is the part of y for which the kernel lies
// inside x. A network learns its kernels, so to it the difference is a name. A
// test proves the equivalence.
//
// # Padding
//
// [Pad] adds zeros, the same number on both sides; the field Settings.Pad holds
// four numbers for the four sides. [Valid], the default, adds none. [Same] makes
// the output ⌈H/sᵣ⌉×⌈W/s꜀⌉: it pads by max((⌈H/s⌉−1)·s + d·(K−1) + 1 − H, 0) in
// all, half of it, rounded down, before and the rest after. For a stride of 1
// this is PyTorch's padding="same", which knows no other; for others it is
// TensorFlow's rule. A transposed convolution with Same makes the output s times
// as large as the input: it is the gradient of the convolution with Same that
// takes one to the other.
//
// # Which kernel, how many channels
//
// Stack kernels of 3×3 before you take larger ones, double the channels where the
// picture is halved, and keep the size with [Same]. On 4,000 pictures of
// Fashion-MNIST two convolutions of 3×3 were right on 83.0 % of the test, those of
// 1×1 on 79.1 %, of 5×5 on 83.1 % and of 9×9 on 82.4 % at more cost; 4
// channels on 77.8 %, 16 on 83.0 %, 32 on 84.6 %. The tables and the command that
// measures them are in examples/README.md.
//
// # Method
//
// A convolution is a product of the weights, as a matrix [Out × In·KH·KW], with
// the matrix whose columns are the patches of the picture that the kernel sees
// (Chellapilla, Puri and Simard, "High performance convolutional neural networks
// for document processing", 2006). That matrix is KH·KW times as large as the
// picture and is never stored: package gemm rewrites its factors block by block
// into an order that suits its innermost loop, and there each block is gathered
// from the picture, which has been copied once with its padding.
//
// A depthwise convolution, with as many groups as input channels, gives a product of
// matrices nothing to share. With a stride of 1 or 2 and no dilation it goes plane by
// plane instead, each row being read once for all rows of the output that see it.
//
// Kernels of 3×3 and 5×5 with a stride and dilation of 1 take a quarter to a half of the
// multiplications by Winograd's algorithm, F(2×2, 3×3), F(4×4, 3×3) or F(2×2, 5×5): tiles
// of the output of 2×2 or 4×4 are interpolated from products of transforms of the kernel
// and of the pixels that the tile sees (Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks", 2016). They are computed so, and their gradient with
// respect to the input is, if there are 16 channels or more (in a group) on both sides,
// but not more than 2²⁰ pairs of them, and the picture is not so small that the border
// spoils the gain. The choice depends on the layer and the size of its picture, never on
// the batch. The weights then take up to four times the memory while they are used, in a
// Predictor for good. So is the gradient with respect to the weights, if the batch has 32
// tiles or more and, for tiles of 2×2, there are 32 channels. The option [NoWinograd]
// turns it off.
//
// # Gradients
//
// The gradient with respect to the weights, where not Winograd's, is the product of the
// output's gradient with the transposed patches, over all pixels of all pictures. Where
// there are enough of them, the patches are read where they are; else they are gathered
// in the same way, with the same result. The gradient with respect to the input is a
// convolution of the output's gradient with the flipped kernel, input and output channels
// exchanged, if the stride is 1 (and the padding smaller than the kernel). Otherwise the
// gradients of all patches of a picture are computed and each is added to the pixels it
// was taken from.
//
// A transposed convolution is that gradient, and its own gradients are the
// convolution and the gradient with respect to the weights. A sequence is a
// picture of one row. So there is one core for all of them.
//
// # Reproducibility
//
// An element of the result, or of the weights' gradient, is one chain of fused
// multiply-adds in a fixed order: channel, row, column of the kernel, or picture,
// row, column. So is an element of the input's gradient for a stride of 1; for
// others it is one such chain for each kernel element that saw the pixel, and
// these are added in the order of the kernel. Bits depend neither on the number
// of workers nor, except for the weights' and the bias's gradients, which sum
// over the batch, on which pictures share a batch. In a depthwise convolution the
// input's gradient takes the taps in reverse, and the weights' is a sum of sums, whose
// order also follows from the shape alone. Bits depend on the
// instruction-set level only in that the generic level rounds each product, and in
// those sums of sums.
//
// A result is within (K+1)·2⁻²⁴ of Σ|weight·x| + |bias|, to first order, for K
// products in its sum, and twice that at the generic level.
//
// By Winograd's algorithm it is a fixed expression of the pixels that its tile sees, with
// one chain over the channels, or over the tiles, for each of the tile's points; the bits
// depend on the same things. Its error is at most a·(C+30)·2⁻²⁴ of Σ_c (Σ|weight|)·max|x|
// over the C channels, with the largest of the pixels that the tile sees, where a is 16
// for F(2×2, 3×3), 205 for F(4×4, 3×3) and 277 for F(2×2, 5×5). For the weights' gradient
// it is the same with the tiles of the batch in place of the channels, and the output's
// gradient in place of the weights, where a is 16, 232 and 187. For random numbers and
// 512 channels it is 1·10⁻⁶, 4·10⁻⁶ and 3·10⁻⁶ of the largest result, where the sums of
// the formula are off by 2·10⁻⁶ and, for 5×5, 3·10⁻⁶. A NaN or an infinity spreads to all
// pixels of the tiles that see it.
//
// # Errors
//
// Layers and operations put shapes that do not fit on the tape as an error that
// names the place, what came and what was wanted:
//
//	nn: Seq.2 (Conv2D): input has 5 channels, want 3
//
// Plain functions panic instead.
package conv

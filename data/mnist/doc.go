// Package mnist reads MNIST and the data sets that share its format: small grey
// pictures of 28×28 pixels, 60,000 or more to train with.
//
// # Loading
//
// The files are read as they are published, compressed or not:
//
//	train, test, err := mnist.Load(dir)                           // handwritten digits
//	train, test, err := mnist.LoadFashion(dir)                    // clothes
//	train, test, err := mnist.LoadEMNIST(dir, mnist.Letters)      // handwritten letters
//
// Samples are [1, 28, 28], from 0 for the background to 1 for the stroke. [Mean]
// and [Std], or [FashionMean] and [FashionStd], are what [data.Normalize] needs;
// [data.MeanStd] measures those of other sets.
//
// # Downloading
//
// Nothing is fetched unless asked for: [Download] and [DownloadFashion] fetch the
// files once and keep them.
//
// # Sources
//
// LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document
// recognition, 1998 (MNIST). Xiao, Rasul, Vollgraf: Fashion-MNIST, 2017,
// https://github.com/zalandoresearch/fashion-mnist. Cohen, Afshar, Tapson, van
// Schaik: EMNIST: an extension of MNIST to handwritten letters, 2017,
// https://www.nist.gov/itl/products-and-services/emnist-dataset.
//
// # Format
//
// [OpenIDX] and [DecodeIDX] read any array of the IDX format, big-endian:
//
//	0, 0, type, number of axes      a byte each
//	size of each axis               4 bytes each
//	elements                        in row-major order
//
//	type    elements            read as
//	0x08    unsigned bytes      *tensor.Bytes
//	0x09    signed bytes        *tensor.Ints
//	0x0B    int16               *tensor.Ints
//	0x0C    int32               *tensor.Ints
//	0x0D    float32             *tensor.Tensor
//	0x0E    float64             *tensor.Tensor, rounded to float32
//
// Nothing that a file holds makes the reader panic, and memory grows with the
// data that come, not with the sizes that a header promises.
package mnist

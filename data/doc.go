// Package data brings examples to a network: data sets, batches of them, ways
// to split them and transforms that change them on their way.
//
// # Data sets
//
// A [Dataset] has a length, a [Spec] that says what its samples look like, and
// writes sample i where it is told. [Tensors] and [Images] hold their samples
// in memory; [Subset], [Concat], [Mix], [Map], [MixUp] and [CutMix] make data sets
// of others without copying them, and [Cache] keeps what is slow to read. Write
// your own for anything else: three methods suffice.
//
// Samples of several inputs, such as a picture and a row of a table, come of
// [Zip], which puts data sets together. What works on pictures, [Map] above all,
// comes below it; [Split] and its kin, [Cache] and [MixUp] may come above:
//
//	both := data.Zip(data.Map(photos, data.Resize(64, 64)), rows)
//	… // batch.X [N, 3, 64, 64] of a Loader, batch.More[0] [N, features]
//
// To train, validate and test on different samples, [Split] and [StratifiedSplit]
// divide a data set at random, [SplitByHash] so that every sample stays where it
// is when others are added, [KFold] and [StratifiedKFold] for cross-validation.
//
// What is wrong with a data set, such as transforms that do not fit its
// pictures, is kept in [Spec].Err and returned by whatever reads it first, so
// that constructors can be nested.
//
// # Batches
//
// A [Loader] reads a data set in batches, in order or shuffled, some of them
// ahead of time on goroutines of its own:
//
//	loader := data.NewLoader(train, data.BatchSize(64), data.Shuffle(1))
//	for epoch := range 10 {
//		for batch, err := range loader.All(ctx) {
//			if err != nil {
//				return err
//			}
//			… // batch.X [64, C, H, W], batch.Y [64]
//		}
//	}
//
// Where classes differ in size, [Balanced] shows them equally often and [Weighted]
// draws samples with probabilities of your choice. Of sequences of different lengths,
// [ByLength] puts those of similar length together, and [Trim] cuts their batches off
// after the longest one.
//
// # Augmentation
//
// A [Transform] changes the input of a sample; [Map] applies some to every
// sample of a data set, each time it is read. They work on pictures [C, H, W]
// of numbers from 0 to 1 and mean what torchvision's of the same names mean for
// tensors:
//
//	train = data.Map(train,
//		data.RandomCrop(32, 4),
//		data.RandomHorizontalFlip(0.5),
//		data.RandAugment(2, 9),
//		data.Normalize(mean, std),
//		data.RandomErasing(0.25))
//
// Size and place are changed by [Pad], [PadToMultiple], [CenterCrop],
// [RandomCrop], [Resize], [ResizeShorter], [RandomResizedCrop] and [Flatten];
// geometry by [RandomHorizontalFlip], [RandomVerticalFlip], [RandomRotation] and
// [RandomAffine]; values by [Normalize], [ColorJitter], [Grayscale],
// [RandomGrayscale], [GaussianBlur] and [RandomErasing]. [Pipeline],
// [RandomApply] and [RandomChoice] are made of others, [RandAugment] and
// [TrivialAugmentWide] choose from a list of their own.
//
// [MixUp] and [CutMix] make samples of two.
//
// # Preprocessing
//
// What must happen to samples outside of training as well is a [Pipeline], a
// list of transforms that is a transform itself and that JSON holds. Keep it
// with the model, as nn.Info.Preprocess, and the pictures that the model is
// asked about are treated like those it has learnt from. [RegisterTransform]
// makes transforms of one's own known.
//
// [Normalize] is worth most: with [MeanStd] of the training set, so that inputs lie
// round 0 with a deviation of 1. On Fashion-MNIST SGD came to 81 % with it, to 77 %
// with numbers from 0 to 1 and to 57 % with bytes; examples/README.md has the table.
//
// # Randomness
//
// Every random choice follows from a seed, the number of the epoch and the
// index of the sample or its place in the epoch, and from nothing else: neither
// the number of goroutines nor what was read before matters. A run that is
// resumed at a [Cursor] sees exactly the batches it would have seen had it never
// stopped.
//
// # Formats
//
// The packages below this one read data of common formats:
//
//	data/cifar    CIFAR-10
//	data/mnist    MNIST, Fashion-MNIST and EMNIST, and any IDX file
//	data/image    PNG and JPEG files, one by one or in a folder for each class
//	data/npy      arrays of NumPy, .npy and .npz
//	data/table    CSV files with columns of numbers and of categories
//	data/text     text: tokenizers, vocabularies, sequences, treebanks, word vectors
//	data/series   time series: .ts of the UCR/UEA archive, and CSV
package data

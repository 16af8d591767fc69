// Package cifar reads CIFAR-10, a collection of 60,000 colour pictures of 32×32
// pixels in ten classes, 50,000 of them to train with and 10,000 to test
// (Krizhevsky: Learning multiple layers of features from tiny images, 2009).
//
// # Loading
//
// [Load] reads the binary version of the data set, unpacked or as the archive
// that https://www.cs.toronto.edu/~kriz/cifar.html offers:
//
//	train, test, err := cifar.Load(dir)                          // ten classes
//	train, test, err := cifar.Load(dir, cifar.Cat, cifar.Dog)    // cats 0, dogs 1
//
// Samples are [3, 32, 32], red, green and blue from 0 to 1. [Mean] and [Std] are
// what [data.Normalize] needs.
//
// # Downloading
//
// Nothing is fetched unless asked for: [Download] fetches the archive once and
// keeps it.
package cifar

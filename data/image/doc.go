// Package image reads pictures and turns them into tensors, and back.
//
// Its name is that of the standard library's package, whose pictures it works
// with; import one of the two under another name.
//
// # From a file to a network
//
//	img, err := image.Open("cat.jpg")
//	x := image.ToTensor(img, 32, 32)    // [3, 32, 32], red, green and blue from 0 to 1
//
// # From a folder to a data set
//
//	train, err := image.Folder("train", 32, 32)    // train/cat/1.png, train/dog/2.jpg, …
//
// # Conventions
//
// Channels come first, then rows, then columns, as in PyTorch. Numbers from 0 to
// 1 are bytes divided by 255, as torchvision's ToTensor makes them. Transparency
// is dropped, as Pillow's convert("RGB") does: a pixel counts with its colour,
// however transparent. The orientation that a camera notes beside a picture is
// not applied.
package image

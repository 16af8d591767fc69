// Package zoo has ready-made networks for pictures, under the names of parameters
// that they have in torchvision, so that its weights load.
//
//	net, err := nn.Init(1, zoo.NewResNet18(10, zoo.SmallPictures)) // for CIFAR-10
//
// Constructors return networks that are not yet initialised, as those of layers do.
// What comes out are logits, for nn.CrossEntropy.
//
// # What there is
//
// Multiply-adds are those of a picture of 224×224; multiply-adds and top-1 are what
// torchvision publishes on ImageNet (IMAGENET1K_V1, and V2 after the slash;
// docs.pytorch.org/vision/stable/models.html).
//
//	                  parameters  multiply-adds  top-1          torchvision   paper
//	NewResNet18       11,689,512  1.81 · 10⁹     69.758         resnet18      He et al. 2015, arXiv 1512.03385
//	NewResNet34       21,797,672  3.66 · 10⁹     73.314         resnet34      He et al. 2015
//	NewResNet50       25,557,032  4.09 · 10⁹     76.130/80.858  resnet50      He et al. 2015
//	NewMobileNetV2     3,504,872  0.30 · 10⁹     71.878/72.154  mobilenet_v2  Sandler et al. 2018, arXiv 1801.04381
//	NewVGG11         132,868,840  7.61 · 10⁹     70.370         vgg11_bn      Simonyan and Zisserman 2014, arXiv 1409.1556
//
// [SmallPictures] makes those for pictures of 32×32. [NewLeNet5] reads digits of
// 28×28 with 61,706 parameters (LeCun et al. 1998), and [NewMLP] is a stack of linear
// layers.
//
// # Weights from torchvision
//
// In Python, with the package safetensors:
//
//	weights = torchvision.models.resnet18(weights="IMAGENET1K_V1").state_dict()
//	safetensors.torch.save_file(weights, "resnet18.safetensors")
//
// and in Go:
//
//	net := zoo.NewResNet18(1000)
//	err := nn.LoadWeights("resnet18.safetensors", net)
//
// They expect pictures of red, green and blue from 0 to 1 that went through
//
//	data.Pipeline{
//		data.ResizeShorter(256), data.CenterCrop(224),
//		data.Normalize([]float32{0.485, 0.456, 0.406}, []float32{0.229, 0.224, 0.225}),
//	}
//
// (ResizeShorter(232) for weights of V2).
//
// # Fine-tuning
//
// Replace the head once the weights are there. [nn.Init] gives initial values to
// what has none yet and leaves the others as they are:
//
//	nn.Freeze(net) // leave it out to train everything
//	net.FC = nn.NewLinear(net.FC.In, 10)
//	net, err = nn.Init(1, net)
//
// In a MobileNetV2 or VGG the head is the last layer of Classifier:
//
//	l := net.Classifier.Layers
//	l[len(l)-1] = nn.NewLinear(l[len(l)-1].(*nn.Linear).In, 10)
//
// [nn.Save] and [nn.Load] know the networks of any program that imports this package.
package zoo

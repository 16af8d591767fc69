// Package gannet is the root of a deep-learning library in pure Go. It holds
// documentation only; these are the packages to import:
//
//   - [github.com/gannet-ml/gannet/nn]: networks from layers, losses, training,
//     evaluation, prediction, files
//   - [github.com/gannet-ml/gannet/conv]: convolution, pooling, resizing
//   - [github.com/gannet-ml/gannet/rnn]: recurrent layers
//   - [github.com/gannet-ml/gannet/optim]: optimizers, schedules, averages
//   - [github.com/gannet-ml/gannet/data]: data sets, batches, transforms; below
//     it readers of pictures, text, time series, tables, NumPy's files, CIFAR-10
//     and MNIST
//   - [github.com/gannet-ml/gannet/tensor]: arrays; below it differentiation
//     ([github.com/gannet-ml/gannet/tensor/grad]) and the safetensors format
//   - [github.com/gannet-ml/gannet/nn/metric], nn/plot, nn/progress and
//     nn/inspect: measures, pictures, progress bars, a look inside
//   - [github.com/gannet-ml/gannet/nn/serve], nn/sign and nn/drift: models behind
//     HTTP and gRPC, their signatures, and whether data are still the same
//   - [github.com/gannet-ml/gannet/nn/lm], nn/ctc and nn/zoo: text that is
//     generated, labels without places, well-known networks
//
// A plain go build, also with CGO_ENABLED=0, gives the full speed: kernels for
// AVX2, AVX-512 and NEON are chosen at run time. The build tag purego leaves
// assembly out, and the environment variable GANNET_CPU (generic, avx2, avx512
// or neon) lowers the level. The kernels for NEON are tested under emulation, not
// measured on real hardware.
//
// # Coming from PyTorch
//
// Layers, settings, defaults, initial distributions, parameter names and layouts
// are PyTorch's, so that weights carry over both ways. What is called otherwise:
//
//	tensors
//	    torch.tensor(v), torch.zeros(2, 3)         tensor.New(v, 2, 3), tensor.Make[float32](2, 3)
//	    torch.long, uint8 and bool tensors         tensor.Ints, tensor.Bytes, tensor.Bools
//	    torch.from_numpy(a), a.numpy()             tensor.FromMat(m), tensor.ToMat(x) of gonum; npy.Load(path)
//	    x.view(2, -1), x.transpose(0, 1)           x.Reshape(2, -1), x.Transpose(0, 1)
//	    a @ b                                      tensor.MatMul(a, b)
//
//	differentiation
//	    torch.autograd.Function                    grad.Op
//	    torch.nn.functional.relu(x)                grad.ReLU(x)
//	    torch.no_grad(), model.eval()              grad.NewTape(grad.Evaluation, seed), or an nn.Predictor
//	    loss.backward(), x.grad                    loss.Backward(), x.Grad()
//	    x.detach()                                 x.Detach()
//	    optimizer.zero_grad()                      nothing: Step takes the gradients
//
//	networks
//	    class Net(nn.Module)                       type Net struct{ … } with a method Forward, see nn.Module
//	    nn.Sequential(a, b)                        nn.Seq(a, b)
//	    nn.Linear(3, 4)                            nn.NewLinear(3, 4)
//	    nn.Conv2d(3, 8, 3, stride=2, padding=1)    conv.New2D(3, 8, 3, conv.Stride(2), conv.Pad(1))
//	    nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1)   conv.MaxPool2D(2), conv.AdaptiveAvgPool2D(1, 1)
//	    nn.BatchNorm1d(8), nn.BatchNorm2d(8)       nn.NewBatchNorm(8)
//	    nn.LayerNorm(8), nn.GroupNorm(2, 8)        nn.NewLayerNorm(8), nn.NewGroupNorm(2, 8)
//	    nn.Dropout(0.5), nn.Dropout2d(0.5)         nn.NewDropout(0.5), nn.NewSpatialDropout(0.5)
//	    nn.Embedding(1000, 16)                     nn.NewEmbedding(1000, 16)
//	    nn.MultiheadAttention(64, 4, dropout=0.1)  &nn.MultiheadAttention{Dim: 64, Heads: 4, Dropout: 0.1}
//	    mha(q, k, v), attn_mask                    mha.Forward(grad.Tuple(q, k, v)), mha.SetMask
//	    key_padding_mask                           lengths: rnn.Ragged(x, lengths), or a second input
//	    nn.TransformerEncoder(layer, 6, norm)      nn.NewTransformerEncoder(6, layer), then its Norm
//	    F.scaled_dot_product_attention             grad.ScaledDotProduct, on sequences [N, T, heads·D]
//	    nn.RNN(28, 64, batch_first=True)           rnn.New(28, 64, rnn.Tanh)
//	    nn.LSTM(28, 64, 2, dropout=0.3), nn.GRU    rnn.NewLSTM(28, 64, rnn.Layers(2), rnn.Dropout(0.3), rnn.TimeFirst), rnn.NewGRU
//	    pack_padded_sequence(x, lengths)           rnn.Ragged(x, lengths), or the lengths as a second input
//	    h.detach() between chunks                  rnn.Carry
//	    nn.ReLU(), nn.Flatten(), nn.Identity()     nn.ReLU, nn.Flatten, nn.Identity: values, not calls
//	    torch.manual_seed(1)                       nn.Init(1, net): gives all parameters their values
//	    net.parameters(), net.named_parameters()   nn.Params(net); the field Name
//	    p.requires_grad = False                    nn.Freeze(part), or the parameter's field Frozen
//	    torchinfo.summary(net, …)                  nn.Summary(net, shape)
//	    torchvision.models.resnet18()              zoo.NewResNet18(classes)
//
//	losses
//	    F.cross_entropy(y, t)                      nn.CrossEntropy(y, t)
//	    nn.CrossEntropyLoss(label_smoothing=0.1)   nn.NewCrossEntropy(nn.LabelSmoothing(0.1))
//	    nn.BCEWithLogitsLoss(), nn.SmoothL1Loss()  nn.NewBCEWithLogits(), nn.NewSmoothL1(1)
//	    nn.CTCLoss()                               nn.CTC, of logits [N, T, C]; package nn/ctc decodes
//	    reduction='none', reduction='sum'          nn.PerSample, nn.Sum
//
//	training
//	    optim.SGD(p, lr=0.1, momentum=0.9)         optim.NewSGD(p, 0.1, optim.Momentum(0.9))
//	    optim.AdamW(p, lr=1e-3)                    optim.NewAdamW(p, 1e-3)
//	    parameter groups                           the optimizer's AddGroup(optim.Group{…})
//	    lr_scheduler.OneCycleLR, CosineAnnealingLR nn.ScheduleSteps(optim.OneCycle(steps)), optim.Cosine(steps, 0)
//	    lr_scheduler.ReduceLROnPlateau             nn.ReduceOnPlateau(goal, 0.1, 10)
//	    clip_grad_norm_, clip_grad_value_          optim.ClipNorm(1), optim.ClipValue(1): options of optimizers
//	    swa_utils.AveragedModel, update_bn         optim.NewEMA, optim.NewSWA with nn.AverageSteps; nn.UpdateNorms
//	    a loop over batches; Lightning's Trainer   nn.Trainer, or a loop of your own: see package nn
//	    torch.save, torch.load of a checkpoint     nn.Checkpoint(path, every), nn.Resume(path)
//	    torch.utils.tensorboard                    tensorboard.Create(dir) and its Log
//	    torch.profiler                             inspect.Profile
//
//	data
//	    Dataset, TensorDataset(x, y)               data.Dataset, data.Tensors(x, y)
//	    DataLoader(ds, 64, shuffle=True)           data.NewLoader(ds, data.BatchSize(64), data.Shuffle(1))
//	    random_split, Subset, ConcatDataset        data.Split, data.Subset, data.Concat
//	    WeightedRandomSampler(w, n)                data.Weighted(w, n)
//	    transforms.Compose([a, b])                 data.Pipeline{a, b}, or data.Map(ds, a, b)
//	    transforms.RandomCrop(32, padding=4)       data.RandomCrop(32, 4)
//	    transforms.Normalize(mean, std)            data.Normalize(mean, std)
//	    datasets.ImageFolder, MNIST, CIFAR10       image.Folder, mnist.Load, cifar.Load
//
//	files
//	    safetensors.torch.save_model               nn.SaveWeights(path, net)
//	    safetensors.torch.load_model               nn.LoadWeights(path, net)
//	    torch.jit.save, torch.jit.load             nn.Save(path, net, info), nn.Load(path)
//
//	sklearn.metrics
//	    accuracy_score, f1_score                   metric.Accuracy(), metric.F1()
//	    roc_auc_score, confusion_matrix            metric.ROC(), metric.ConfusionMatrix()
//
// Four things differ in more than their name. Layers have no values until
// [github.com/gannet-ml/gannet/nn.Init] gives them some or a file is loaded. A
// computation is recorded on a tape, which the input brings along; whether a layer
// trains is a setting of the tape and not of the layer. A shape that does not fit
// is no exception but an error that Backward, Fit and Predict return. And
// everything random follows from a seed that is passed in.
package gannet

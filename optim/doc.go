// Package optim changes the parameters of a network so that its loss falls: plain
// gradient descent with momentum ([SGD]), [Adam] and AdamW.
//
//	opt := optim.NewSGD(nn.Params(net), 0.01, optim.Momentum(0.9))
//	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: opt}
//
// In a loop of your own, Step follows Backward; it takes the gradients from the
// tape and so leaves none behind:
//
//	if err := loss.Backward(); err != nil {
//		return err
//	}
//	if err := opt.Step(tape); err != nil {
//		return err
//	}
//	tape.Reset()
//
// # Settings
//
// A constructor takes the parameters, the learning rate and options. Names,
// formulas and defaults are those of torch.optim; the tests compare ten steps of
// each with PyTorch. Settings that cannot be are an error of the first Step,
// which then changes nothing, so that constructors can be nested.
//
// # Groups
//
// Parameters with a learning rate or a weight decay of their own form a [Group]:
//
//	opt := optim.NewAdam(nn.Params(head), 1e-3)
//	opt.AddGroup(optim.Group{Params: nn.Params(body), LR: 1e-5})
//
// The rates may change between steps: a schedule is a function that sets
// Groups()[i].LR. Parameters that are frozen, and those without a gradient, stay
// as they are.
//
// # State
//
// [Optimizer].State and SetState carry what an optimizer has gathered over to
// another run, under the names that PyTorch uses. A step after SetState has the
// same bits as if the run had never stopped. The checkpoints of package nn
// contain it.
//
// # Optimizers of your own
//
// Whatever implements [Optimizer] serves nn.Trainer. Its Step goes over
// [grad.Tape.Params], changes the values in place and ends with
// [grad.Tape.Commit].
package optim

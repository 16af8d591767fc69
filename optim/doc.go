// Package optim changes the parameters of a network so that its loss falls. Plain
// gradient descent with momentum is [SGD]; [Adam] and AdamW are the usual choice,
// with their kin [Adamax], [NAdam] and [RAdam]; [RMSprop] and [Adagrad] came
// before them. [Lion] remembers half as much, [LAMB] is for very large batches, and
// [Muon] for the matrices of hidden layers.
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
// formulas and defaults are those of torch.optim, or of the paper where torch.optim
// has none; the tests compare ten steps of each. Settings that cannot be are an error of the first Step,
// which then changes nothing, so that constructors can be nested.
//
// # Groups
//
// Parameters with a learning rate or a weight decay of their own form a [Group]:
//
//	var head, body []*grad.Param
//	for _, p := range nn.Params(net) {
//		if strings.HasPrefix(p.Name, "head.") {
//			head = append(head, p)
//		} else {
//			body = append(body, p)
//		}
//	}
//	opt := optim.NewAdam(head, 1e-3)
//	opt.AddGroup(optim.Group{Params: body, LR: 1e-5})
//
// [Matrices] finds the parameters that weight decay is meant for. Parameters that
// are frozen, and those without a gradient, stay as they are.
//
// # Which optimizer, which rate
//
// Begin with [NewAdamW] and a rate about 0.002, or with [NewSGD], [Momentum](0.9) and
// ten times that, and search in powers of 3, or with nn.FindRate, for the largest
// rate that is stable; let it fall with [OneCycle] or [Cosine]. In three epochs on
// 4,000 pictures of Fashion-MNIST Adam was right on 83.5 % at a rate of 0.003 and on
// 70.5 % at 0.0001, SGD with momentum on 81.9 % at 0.03, without on 76.8 % at 0.3. With
// one cycle Adam came to 84.7 % at 0.01, and to 84.4 % at 0.03, where a constant rate
// came to 56.4 %. The tables and the command are in examples/README.md.
//
// # Schedules
//
// A [Schedule] is a function of the step that says by how much the initial
// learning rates are multiplied: [Warmup], [Cosine], [OneCycle] and others, one
// after the other with [Sequence]. A Trainer takes it with nn.ScheduleSteps or
// nn.ScheduleEpochs; a loop of your own applies it before each step:
//
//	err := schedule.Apply(opt, step)
//
// # Clipping
//
// Every optimizer takes [ClipNorm] and [ClipValue], which bound the gradients
// before the step. GradNorm tells how long the gradient was.
//
// # Averages
//
// [NewEMA] and [NewSWA] average weights over the steps or epochs.
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

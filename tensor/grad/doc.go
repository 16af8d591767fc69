// Package grad differentiates computations on tensors (reverse-mode automatic
// differentiation): it records the operations of a step on a [Tape] and walks
// back over them.
//
//	tape := grad.NewTape(grad.Training, seed) // made once
//	for batch := range batches {
//		x := tape.Input(batch.X)
//		y := grad.Linear(x, tape.Use(weight), tape.Use(bias))
//		loss := grad.Mean(grad.Square(grad.Sub(y, tape.Const(batch.Y))))
//		if err := loss.Backward(); err != nil {
//			return err
//		}
//		for p, g := range tape.Params {
//			tensor.SubTo(p.Value, p.Value, tensor.MulScalar(g, 0.1))
//		}
//		tape.ZeroGrad()
//		tape.Reset()
//	}
//
// # Tapes
//
// [Tape.Input] puts a tensor on a tape. Every operation finds the tape in its
// arguments, so functions of [Var] need no other context; a computation that has
// no input starts with [Tape.Use] or [Tape.Const]. Arguments on two tapes are an
// error. A tape is made once and reset after each step; the same network applied
// again finds everything in its place and allocates nothing.
//
// A tape has two independent settings: whether layers train ([Train]), and what
// is recorded: gradients ([Gradients]), a trace to make a [Plan] of ([Trace]), which
// computes nothing itself, so that all results in it are zeros, or nothing. So
// gradients with respect to an input can be had of a network that does not train.
//
// # Variables and parameters
//
// A [Var] is a tensor on a tape: an input, a parameter, or a result.
// [Var.Backward] computes the gradient of a result with respect to every
// parameter that trains, and to inputs for which [Var.RequireGrad] was called.
// Gradients add up until [Tape.ZeroGrad], or an optimizer's step, drops them.
//
// A [Tuple] makes several variables travel as one, since a layer has one argument
// and one result.
//
// A [Param] belongs to a layer and to no tape: many tapes may read it at once.
// Gradients are collected on the tape, so one tape at a time trains a set of
// parameters. Buffers, such as running means, are not trained; their new values
// are staged on the tape and take effect with [Tape.Commit].
//
// # Operations of your own
//
// An operation is a small struct that implements [Op]; [Apply] puts it on the
// tape. Those of other packages have all the means that those of this one have:
// see [Op] for the rules and the example of [Apply] for a whole operation.
// Attributes are fields; slices among them cost an allocation for each call. So
// does inlining a function that calls Apply into another package; //go:noinline
// prevents it.
//
// # Memory and lifetimes
//
// The data of a Var are valid until the tape is reset, and so is what the tape
// was given: it reads inputs, masks and indices where they are. All memory of a
// step goes back to a pool at Reset. Views, such as [Slice] and [Reshape], share
// memory with their input, and its gradient with it; no operation writes to its
// inputs but for [ReLUInPlace] and [AddInPlace]. A [Plan] lays a computation out in one arena, where results that are
// not needed at the same time share their place.
//
// # Errors
//
// A shape that does not fit is an error, which stays on the tape: operations
// after it do nothing, and [Var.Backward], [Var.Err] and [Tape.Err] return it. It
// is an [*Error] that names the operation and its place in the network. After
// [Tape.Reset] the tape is usable again.
//
// # Reproducibility
//
// Results do not depend on the number of goroutines: the same inputs, seed and
// instruction-set level give the same bits. Random operations, such as
// [Dropout], take their numbers from the tape's seed, the step, and their place
// on the tape alone; [Tape.SetStep] continues where an earlier run ended.
package grad

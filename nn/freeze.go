package nn

import "github.com/gannet-ml/gannet/tensor/grad"

// Freeze excludes a network, or a part of one, from training: its parameters get
// no gradient, and its layers of type [BatchNorm] and [InstanceNorm] use their
// running statistics while training, too, and leave them as they are. Gradients
// still flow to what comes before it. Dropout in it goes on dropping.
//
//	nn.Freeze(backbone) // only the head learns
//
// It may be called at any time between steps, also after the optimizer was made.
// Files do not keep it. A module that lists its parameters itself is frozen but for
// the layers in it. Freeze panics where [Params] does.
func Freeze(m Module) { setFrozen(m, true) }

// Unfreeze undoes [Freeze]: all parameters of m train, and statistics follow the
// batches again.
func Unfreeze(m Module) { setFrozen(m, false) }

// freezer is a layer that changes by itself what it keeps.
type freezer interface{ freeze(frozen bool) }

func (l *BatchNorm) freeze(frozen bool)    { l.Frozen = frozen }
func (l *InstanceNorm) freeze(frozen bool) { l.Frozen = frozen }

// setFrozen goes through m without naming its parameters, since m may be a part.
func setFrozen(m Module, frozen bool) {
	err := walk("", m, visit{
		module: func(path string, m Module) error {
			if f, ok := m.(freezer); ok {
				f.freeze(frozen)
			}
			return build(path, m)
		},
		param: func(_ string, p *grad.Param) error {
			p.Frozen = frozen
			return nil
		},
	})
	if err != nil {
		panic("nn: Freeze: " + err.Error())
	}
}

package shapes_test

import (
	"testing"

	"github.com/gannet-ml/gannet/examples/cifar10/shapes"
	"github.com/gannet-ml/gannet/examples/internal/pictest"
)

func TestMake(t *testing.T) { pictest.Promises(t, shapes.Make) }

func TestShapesNeedMoreThanALinearModel(t *testing.T) {
	pictest.NeedsMoreThanALinearModel(t, shapes.Make, 0.2, 0.7)
}

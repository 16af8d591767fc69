package digits_test

import (
	"testing"

	"github.com/gannet-ml/gannet/examples/internal/pictest"
	"github.com/gannet-ml/gannet/examples/mnist/digits"
)

func TestMake(t *testing.T) { pictest.Promises(t, digits.Make) }

func TestDigitsNeedMoreThanALinearModel(t *testing.T) {
	pictest.NeedsMoreThanALinearModel(t, digits.Make, 0.6, 0.95)
}

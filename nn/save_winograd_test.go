package nn_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
)

// TestSaveNoWinograd: files keep the setting. Those without it do not mention it, so
// that they are what they were before there was such a setting.
func TestSaveNoWinograd(t *testing.T) {
	for _, off := range []bool{false, true} {
		layer := conv.New2D(2, 3, 3)
		if off {
			layer = conv.New2D(2, 3, 3, conv.NoWinograd)
		}
		path := filepath.Join(t.TempDir(), "model")
		if err := nn.Save(path, initialised(t, nn.Module(layer)), nn.Info{}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(readFile(t, path)), "NoWinograd"); got != off {
			t.Errorf("NoWinograd %v: in the file %v", off, got)
		}
		again, _, err := nn.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.(*conv.Conv2D).NoWinograd; got != off {
			t.Errorf("NoWinograd is %v after loading, want %v", got, off)
		}
	}
}

package serve_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/gannet-ml/gannet/nn/serve/internal/suite"
)

// TestConformance asks a server all cases of the suite over HTTP, with Go's client
// and with curl. GANNET_REQUIRE_CURL=1 makes it an error that there is no curl.
func TestConformance(t *testing.T) {
	t.Run("http", func(t *testing.T) {
		k := suite.HTTP
		if testing.Short() {
			k.Load /= 10
		}
		suite.Run(t, k)
	})
	t.Run("curl", func(t *testing.T) {
		path, err := exec.LookPath("curl")
		if err != nil && os.Getenv("GANNET_REQUIRE_CURL") == "1" {
			t.Fatal(err)
		} else if err != nil {
			t.Skip("there is no curl")
		}
		suite.Run(t, suite.Curl(path))
	})
}

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes this binary the program itself, for tests that send it signals.
const asProgram = "GANNET_TEST_SERVICE"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestDrain stops the program as Kubernetes does: it says that it is not ready,
// answers what has begun and what still comes, and ends with status 0.
func TestDrain(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" {
		t.Skip("there are no signals")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-model", embedded, "-name", "digits", "-addr", addr, "-admin", "", "-quiet", "1s")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	ready := func() int {
		res, err := http.Get("http://" + addr + "/v2/health/ready")
		if err != nil {
			return 0
		}
		res.Body.Close()
		return res.StatusCode
	}
	wait := func(status int) {
		t.Helper()
		for range 400 {
			if ready() == status {
				return
			}
			time.Sleep(25 * time.Millisecond)
		}
		t.Fatalf("the service never answers with %d", status)
	}
	wait(200)

	pictures, err := examples()
	if err != nil {
		t.Fatal(err)
	}
	slow, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	half := len(pictures[4]) / 2
	fmt.Fprintf(slow, "POST /v2/models/digits/classify?top=1 HTTP/1.1\r\nHost: %s\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n%s", addr, len(pictures[4]), pictures[4][:half])
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	wait(503)
	if _, err := send(t.Context(), "POST", "http://"+addr+"/v2/models/digits/classify", pictures[5]); err != nil {
		t.Errorf("a request that comes while the service is about to stop: %v", err)
	}
	wait(0) // it takes no more
	slow.Write(pictures[4][half:])
	res, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil {
		t.Fatalf("the request that had begun: %v", err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), `"label":"4"`) {
		t.Errorf("the request that had begun: status %s, %s, %v, want a 4", res.Status, body, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the service ends with %v, want status 0", err)
	}
}

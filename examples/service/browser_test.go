package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn/serve"
)

// browser is a headless Chromium with one page, driven over the pipe of the
// DevTools protocol: JSON messages that end with a zero byte.
type browser struct {
	t       *testing.T
	in      *os.File
	out     *bufio.Reader
	id      int
	session string

	complaints []string // errors and violations of the page's policy
}

// message is a command, its answer, or an event.
type message struct {
	ID        int                       `json:"id,omitempty"`
	Method    string                    `json:"method,omitempty"`
	Params    any                       `json:"params,omitempty"`
	SessionID string                    `json:"sessionId,omitempty"`
	Result    json.RawMessage           `json:"result,omitempty"`
	Error     *struct{ Message string } `json:"error,omitempty"`
}

// chromium returns the path of the browser, or skips the test.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("GANNET_REQUIRE_CHROMIUM") == "1" {
		t.Fatal("there is no chromium, which GANNET_REQUIRE_CHROMIUM asks for")
	}
	t.Skip("there is no chromium; the page is not tested (Debian: apt-get install chromium)")
	return ""
}

// browse opens a browser.
func browse(t *testing.T) *browser {
	t.Helper()
	path := chromium(t)
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--hide-scrollbars", "--user-data-dir="+filepath.Join(t.TempDir(), "profile"), "--remote-debugging-pipe")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	b := &browser{t: t, in: in, out: bufio.NewReader(out)}
	late := time.AfterFunc(3*time.Minute, func() { cmd.Process.Kill() }) // then reading ends
	t.Cleanup(func() {
		late.Stop()
		json.NewEncoder(in).Encode(message{ID: -1, Method: "Browser.close"})
		in.Write([]byte{0})
		closed := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait() // its status says how it was closed
		closed.Stop()
		in.Close()
		out.Close()
	})
	var target struct{ TargetID string }
	b.do("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var session struct{ SessionID string }
	b.do("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	b.session = session.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.do(domain+".enable", nil, nil)
	}
	return b
}

// do sends a command and waits for its answer; events that come before are looked
// through for complaints.
func (b *browser) do(method string, params, result any) {
	b.t.Helper()
	b.id++
	text, err := json.Marshal(message{ID: b.id, Method: method, Params: params, SessionID: b.session})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		raw, err := b.out.ReadBytes(0)
		if err != nil {
			b.t.Fatalf("%s: the browser is gone: %v", method, err)
		}
		raw = raw[:len(raw)-1]
		var m message
		if err := json.Unmarshal(raw, &m); err != nil {
			b.t.Fatal(err)
		}
		if m.Method == "Runtime.exceptionThrown" || m.Method == "Log.entryAdded" && strings.Contains(string(raw), `"level":"error"`) {
			b.complaints = append(b.complaints, string(raw))
		}
		if m.ID != b.id {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

// eval returns what an expression, or its promise, gives as JSON.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.do("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails.Exception.Description)
	}
	return string(r.Result.Value)
}

// until waits for an expression to give a value.
func (b *browser) until(expression, want string) {
	b.t.Helper()
	got := ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if got = b.eval(expression); got == want {
			return
		}
	}
	b.t.Fatalf("%s = %s after 30 seconds, want %s", expression, got, want)
}

// mouse moves the pointer, or presses or releases its button.
func (b *browser) mouse(what string, x, y float64) {
	b.t.Helper()
	b.do("Input.dispatchMouseEvent", map[string]any{"type": what, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}, nil)
}

// look makes the window so wide, light or dark, and keeps a picture of the page in
// the folder GANNET_SCREENSHOTS, if there is to be one.
func (b *browser) look(name string, width int, scheme string) {
	b.t.Helper()
	b.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.do("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{
		{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}}}, nil)
	if wide := b.eval("document.documentElement.scrollWidth"); wide != fmt.Sprint(width) {
		b.t.Errorf("%s: the page is %s pixels wide, the window %d", name, wide, width)
	}
	if low := b.eval(contrast); low != "[]" {
		b.t.Errorf("%s: text with a contrast below 4.5: %s", name, low)
	}
	dir := os.Getenv("GANNET_SCREENSHOTS")
	if dir == "" {
		return
	}
	var shot struct{ Data string }
	b.do("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot)
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)); err != nil {
		b.t.Fatal(err)
	}
}

// contrast lists the texts whose colour is too near to that of the paper behind, by
// the formula of WCAG 2.
const contrast = `(() => {
	const parse = c => c.match(/[\d.]+/g).map(Number);
	const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126*r + 0.7152*g + 0.0722*b; };
	const low = [];
	for (const e of document.querySelectorAll("body *")) {
		const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
		if (!own || !e.checkVisibility() || e.closest("noscript")) continue;
		let p = e, paper;
		while (p && !((paper = parse(getComputedStyle(p).backgroundColor)).length === 3)) p = p.parentElement;
		const [a, b] = [light(parse(getComputedStyle(e).color).slice(0, 3)), light((paper ?? [255, 255, 255]).slice(0, 3))];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) low.push(e.textContent.trim().slice(0, 30) + " " + ratio.toFixed(2));
	}
	return low;
})()`

// TestPage uses the page as a person does.
func TestPage(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browse(t)
	pictures, err := examples()
	if err != nil {
		t.Fatal(err)
	}
	s := opened(t, "-model", embedded, "-name", "digits")
	s.drawn = &drawn{examples: pictures}
	stop := begin(t, s)
	b.do("Page.navigate", map[string]any{"url": s.url("/")}, nil)
	b.until(`document.querySelector("#name")?.textContent`, `"digits"`)
	b.until(`document.querySelectorAll("#examples button").length`, "10")
	b.look("empty", 1100, "light")

	for _, digit := range []string{"3", "7"} {
		b.eval(`document.querySelectorAll("#examples button")[` + digit + `].click()`)
		b.until(`document.querySelector("#best strong")?.textContent`, `"`+digit+`"`)
	}
	if rows := b.eval(`[...document.querySelectorAll("#bars .label")].map(e => e.textContent).join("")`); rows != `"0123456789"` {
		t.Errorf("the bars are of %s, want all digits", rows)
	}
	if text := b.eval(`document.querySelector("#latency").textContent`); !strings.Contains(text, "median of 2 answers") {
		t.Errorf("the page says %s, want the median of 2 answers", text)
	}
	b.look("light", 1100, "light")
	b.look("dark", 1100, "dark")
	b.look("phone", 360, "light")
	b.look("phone-dark", 360, "dark")
	b.look("light", 1100, "light")

	// A 1, by hand.
	b.eval(`document.querySelector("#clear").click()`)
	b.until(`document.querySelectorAll("#bars li").length`, "0")
	var box struct{ X, Y, W float64 }
	if err := json.Unmarshal([]byte(b.eval(`(b => ({x: b.x, y: b.y, w: b.width}))(document.querySelector("#pad").getBoundingClientRect())`)), &box); err != nil {
		t.Fatal(err)
	}
	b.mouse("mousePressed", box.X+box.W/2, box.Y+box.W/4)
	for i := range 9 {
		b.mouse("mouseMoved", box.X+box.W/2, box.Y+box.W/4+float64(i)/16*box.W)
	}
	b.mouse("mouseReleased", box.X+box.W/2, box.Y+3*box.W/4)
	b.until(`document.querySelector("#best strong")?.textContent`, `"1"`)
	b.look("drawn", 1100, "light")

	// Pictures of other kinds are turned into PNG, and what is none is refused in words.
	b.eval(`(async () => {
		const c = document.createElement("canvas"); c.width = c.height = 28;
		await take(await new Promise(done => c.toBlob(done, "image/webp")));
	})()`)
	b.eval(`taking(new File(["no picture"], "letter.png", {type: "image/png"}))`)
	b.until(`document.querySelector("#error").textContent`, `"letter.png is not a picture that the browser can read."`)
	b.look("refused", 1100, "light")
	b.until(`document.querySelector("#batch").textContent`, `"1.0"`)

	// Everything that can be used has a name, and can be reached by keyboard.
	if bad := b.eval(`[...document.querySelectorAll("button, input, select")].filter(e => e.checkVisibility() && (e.tabIndex < 0 ||
		!(e.textContent.trim() || e.labels?.length || e.querySelector("img")?.alt))).map(e => e.outerHTML)`); bad != "[]" {
		t.Errorf("without a name or out of reach: %s", bad)
	}
	if len(b.complaints) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(b.complaints, "\n"))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	b.until(`document.querySelector("#error").textContent`, `"The server does not answer. Does it still run?"`)
}

// TestPageKey asks for a key where the server wants one.
func TestPageKey(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := browse(t)
	keys := filepath.Join(t.TempDir(), "keys")
	key, secret := serve.NewKey("alice")
	if err := os.WriteFile(keys, []byte(key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := start(t, "-model", embedded, "-name", "digits", "-keys", keys)
	b.do("Page.navigate", map[string]any{"url": s.url("/")}, nil)
	b.until(`document.querySelector("#key-form")?.checkVisibility()`, "true")
	b.look("key", 1100, "light")
	enter := func(secret string) {
		b.eval(`document.querySelector("#key").value = "` + secret + `"; document.querySelector("#key-form button").click()`)
	}
	enter("guess")
	b.until(`document.querySelector("#error").textContent`, `"The server does not know this key."`)
	enter(secret)
	b.until(`document.querySelector("#name").textContent`, `"digits"`)
	b.until(`document.querySelector("#key-form").checkVisibility() || !document.querySelector("#error").hidden`, "false")
}

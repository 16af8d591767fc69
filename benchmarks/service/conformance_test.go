package main

import (
	"strings"
	"testing"
)

// TestCount: what the tests report becomes a line for each client.
func TestCount(t *testing.T) {
	const passing = `
{"Action":"pass","Test":"TestConformance/http/refused/a"}
{"Action":"pass","Test":"TestConformance/http/refused/b"}
{"Action":"pass","Test":"TestConformance/http/refused"}
{"Action":"pass","Test":"TestConformance/grpcurl/refused/a"}
{"Action":"output","Test":"TestConformance/grpcurl/infer/gzip","Output":"left out\n"}
{"Action":"skip","Test":"TestConformance/grpcurl/infer/gzip"}
{"Action":"output","Test":"TestConformance/curl","Output":"there is no curl\n"}
{"Action":"skip","Test":"TestConformance/curl"}
{"Action":"pass"}
`
	var b strings.Builder
	if err := count(&b, strings.NewReader(passing)); err != nil {
		t.Error(err)
	}
	if got, want := b.String(), "curl: skipped: there is no curl\ngrpcurl: 1 of 1; the client cannot ask 1 more\nhttp: 2 of 2\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	const failing = `{"Action":"output","Test":"TestConformance/http/refused/c","Output":"status 200\n"}
{"Action":"fail","Test":"TestConformance/http/refused/c"}
`
	b.Reset()
	err := count(&b, strings.NewReader(passing+failing))
	if got := b.String(); err == nil || !strings.Contains(got, "status 200") || !strings.Contains(got, "http: 2 of 3") {
		t.Errorf("%q, %v, want the failure and 2 of 3", got, err)
	}
	if err := count(&b, strings.NewReader("")); err == nil {
		t.Error("no case: no error")
	}
}

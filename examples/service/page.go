package main

import (
	"embed"
	"io"
	"net/http"
	"strconv"
)

//go:embed page
var pageFiles embed.FS

// policy lets the page load what comes from here and nothing else; there are no
// scripts or styles in its markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// pages returns the handler for the page and what belongs to it.
func (s *service) pages() http.Handler {
	mux := http.NewServeMux()
	for path, name := range map[string]string{
		"/{$}": "index.html", "/page.css": "page.css", "/page.js": "page.js", "/icon.svg": "icon.svg",
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, pageFiles, "page/"+name)
		})
	}
	mux.Handle("GET /live", s.live)
	mux.HandleFunc("GET /examples", s.countExamples)
	mux.HandleFunc("GET /examples/{digit}", s.example)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	})
}

// countExamples tells how many digits there are to show.
func (s *service) countExamples(w http.ResponseWriter, r *http.Request) {
	n := 0
	if s.drawn != nil {
		n = len(s.drawn.examples)
	}
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, strconv.Itoa(n))
}

// example shows a digit for those who cannot draw one.
func (s *service) example(w http.ResponseWriter, r *http.Request) {
	digit, err := strconv.Atoi(r.PathValue("digit"))
	if err != nil || s.drawn == nil || digit < 0 || digit >= len(s.drawn.examples) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Write(s.drawn.examples[digit])
}

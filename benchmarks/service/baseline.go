package main

import _ "embed"

// baseline is the server in Python that ours is compared with.
//
//go:embed baseline.py
var baseline []byte

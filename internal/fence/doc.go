// Package fence gives tests memory beside pages without access, so that a kernel
// which touches what lies beyond its slices ends the process.
package fence

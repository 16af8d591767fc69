package sign

import (
	"errors"
	"fmt"
	"strings"
)

// The reasons why a model is refused, for errors.Is. Besides them there is
// [errors.ErrUnsupported]: a valid signature of a kind that this package cannot
// check, as one with a certificate.
var (
	// ErrNotSigned is returned by [Verify] for a directory without a model.sig.
	ErrNotSigned = errors.New("model is not signed")

	// ErrUnknownKey means that the key which signed is not one of the trusted.
	ErrUnknownKey = errors.New("signed by an unknown key")

	// ErrChanged means that the files, or the list of them, are not those that
	// were signed: one is altered, missing or new.
	ErrChanged = errors.New("content changed after signing")

	// ErrBundle means that the signature file is malformed.
	ErrBundle = errors.New("malformed signature file")
)

// Error says why a model is refused. What the file system reports is not of this
// type.
//
//	sign: models/catdog/3: "model.safetensors": sha256 is 9f86…, want 2c26…: content changed after signing
type Error struct {
	Path   string // of the model
	File   string // in the model; empty if it is not about one
	Reason string
	Err    error // one of the reasons above
}

// Error returns the whole message.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("sign: ")
	if e.Path != "" {
		fmt.Fprintf(&b, "%s: ", e.Path)
	}
	if e.File != "" {
		fmt.Fprintf(&b, "%q: ", e.File)
	}
	fmt.Fprintf(&b, "%s: %v", e.Reason, e.Err)
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// malformed returns an error about the signature file.
func malformed(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: ErrBundle}
}

// unsupported returns an error about a signature file that is valid but cannot be
// checked here.
func unsupported(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: errors.ErrUnsupported}
}

// changed returns an error about a file that is not as it was signed.
func changed(file, format string, args ...any) error {
	return &Error{File: file, Reason: fmt.Sprintf(format, args...), Err: ErrChanged}
}

// withPath adds the path of the model to an error, in front if it is not an
// [*Error].
func withPath(err error, path string) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Path = path
		return err
	}
	return fmt.Errorf("sign: %s: %w", path, err)
}

package serve

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// firstRead is the memory that the body of a request gets before any of it has
// come, whatever length it says.
const firstRead = 64 << 10

// body reads a request's body, decompressed. Memory is taken as bytes come in, and
// counted: all bodies together may take no more than MaxMemory.
func (x *exchange) body() ([]byte, error) {
	limit := x.s.o.MaxBody
	if x.r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	raw := http.MaxBytesReader(x.w, x.r.Body, limit)
	var r io.Reader = raw
	switch encoding := x.r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, x.explain(err)
		}
		r = z
	case "deflate":
		z, err := zlib.NewReader(r)
		if err != nil {
			return nil, x.explain(err)
		}
		r = z
	default:
		return nil, oip.Errorf(http.StatusUnsupportedMediaType, "encoding", "content encoding %q, want gzip, deflate or identity", encoding)
	}
	size := int64(firstRead)
	if n := x.r.ContentLength; n >= 0 && n < size {
		size = n + 1 // and the end can be seen
	}
	var b []byte
	for {
		if len(b) == cap(b) {
			if err := x.hold(size); err != nil {
				return nil, err
			}
			b = slices.Grow(b, int(size))[: len(b) : len(b)+int(size)]
			size = min(int64(len(b))+size, limit+1-int64(len(b))) // twice as much as there is
			size = max(size, 1)
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit:
			return nil, tooLarge(limit)
		case err == io.EOF:
			// zlib stops before the end of the body. From there on the HTTP server reads to
			// see whether the client goes away; that must not end with the deadline.
			if _, err := io.Copy(io.Discard, raw); err != nil {
				return nil, x.explain(err)
			}
			http.NewResponseController(x.w).SetReadDeadline(time.Time{})
			return b, nil
		case err != nil:
			return nil, x.explain(err)
		}
	}
}

func tooLarge(limit int64) error {
	return oip.Errorf(http.StatusRequestEntityTooLarge, "body", "the body has more than %d bytes", limit)
}

// explain says what it means that a body could not be read.
func (x *exchange) explain(err error) error {
	var large *http.MaxBytesError
	var network net.Error
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &large):
		return tooLarge(large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return oip.Errorf(http.StatusRequestTimeout, "slow", "the body did not come within %v", x.s.o.Timeout)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, zlib.ErrHeader),
		errors.Is(err, zlib.ErrChecksum), errors.Is(err, zlib.ErrDictionary), errors.As(err, &corrupt):
		return oip.Errorf(http.StatusBadRequest, "encoding", "the compressed body is broken: %w", err)
	case x.r.Context().Err() != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		// A client that only ends its side too early still reads.
		return context.Canceled
	}
	return oip.Errorf(http.StatusBadRequest, "body", "the body ends early: %w", err)
}

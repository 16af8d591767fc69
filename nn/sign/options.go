package sign

import "fmt"

// Option is a setting of [SignBundle] or [VerifyBundle].
type Option func(*options)

type options struct {
	ignore   []string
	unsigned bool
	maxBytes int64
	shard    int64
}

// defaultMaxBytes bounds the memory of a verified model unless [MaxBytes] does.
const defaultMaxBytes = 4 << 30

// Ignore leaves files or folders out, with what is below them. Paths are exact,
// relative to the model and with slashes; they have no wildcards. A signature
// file that lies in the model must be among them, unless it is [FileName] and
// [Sign] or [Verify] is called.
//
// [SignBundle] records the paths in the signature, and [VerifyBundle] takes them
// from there, so that the option is needed only for what was added since.
func Ignore(paths ...string) Option {
	return func(o *options) { o.ignore = append(o.ignore, paths...) }
}

// IgnoreUnsigned makes [VerifyBundle] tolerate files that the signature does not
// list. They are not in the [Model].
func IgnoreUnsigned() Option { return func(o *options) { o.unsigned = true } }

// MaxBytes is the most that the files of a model may have together for
// [VerifyBundle], which keeps them in memory. The default is 4 GiB.
func MaxBytes(n int64) Option { return func(o *options) { o.maxBytes = n } }

// Shards makes [SignBundle] record a digest for every size bytes of a file instead
// of one for the whole. Empty files are not recorded then. Use it only for readers
// that ask for it.
func Shards(size int64) Option { return func(o *options) { o.shard = size } }

func newOptions(opts []Option) (*options, error) {
	o := &options{maxBytes: defaultMaxBytes}
	for _, opt := range opts {
		opt(o)
	}
	for _, p := range o.ignore {
		if reason := badIgnore(p); reason != "" {
			return nil, fmt.Errorf("sign: Ignore: path %q %s", p, reason)
		}
	}
	switch {
	case o.maxBytes <= 0:
		return nil, fmt.Errorf("sign: MaxBytes: got %d, want at least 1", o.maxBytes)
	case o.shard < 0 || o.shard > maxShard:
		return nil, fmt.Errorf("sign: Shards: size is %d, want 1 to %d", o.shard, int64(maxShard))
	}
	return o, nil
}

package serve

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/time/rate"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// Key is who may use a server. Clients send the secret, as
//
//	Authorization: Bearer SECRET
//
// or in the header X-API-Key; the server knows its hash only.
type Key struct {
	Name string // in logs
	Hash [sha256.Size]byte
	// Rate is the number of requests a second, on average; 0 is no limit. Burst is
	// the number at once; 0 means as many as in a second, and at least one.
	Rate  float64
	Burst int
}

// NewKey returns a key of a name and its secret, of 256 random bits.
func NewKey(name string) (Key, string) {
	var b [32]byte
	rand.Read(b[:])
	secret := base64.RawURLEncoding.EncodeToString(b[:])
	return Key{Name: name, Hash: sha256.Sum256([]byte(secret))}, secret
}

// String returns the line of a file that [ReadKeys] reads.
func (k Key) String() string {
	s := k.Name + " " + hex.EncodeToString(k.Hash[:])
	if k.Rate > 0 || k.Burst > 0 {
		s += " " + strconv.FormatFloat(k.Rate, 'g', -1, 64)
	}
	if k.Burst > 0 {
		s += " " + strconv.Itoa(k.Burst)
	}
	return s
}

// ReadKeys reads keys, one a line: a name, the SHA-256 of the secret in
// hexadecimal and, if it is limited, the rate and the burst. Empty lines and those
// that begin with # are skipped. A file without keys is an error, since a server
// without keys is open to all.
func ReadKeys(r io.Reader) ([]Key, error) {
	var keys []Key
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		k, err := parseKey(strings.Fields(line))
		if err != nil {
			return nil, fmt.Errorf("serve: ReadKeys: line %d: %w", n, err)
		}
		for _, other := range keys {
			if other.Name == k.Name {
				return nil, fmt.Errorf("serve: ReadKeys: line %d: the name %q is there already", n, k.Name)
			}
		}
		keys = append(keys, k)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("serve: ReadKeys: line %d: %w", n+1, err)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("serve: ReadKeys: no keys, want at least one")
	}
	return keys, nil
}

func parseKey(fields []string) (Key, error) {
	if len(fields) < 2 || len(fields) > 4 {
		return Key{}, fmt.Errorf("%d words, want a name, a hash and perhaps a rate and a burst", len(fields))
	}
	k := Key{Name: fields[0]}
	hash, err := hex.DecodeString(fields[1])
	if err != nil || len(hash) != sha256.Size {
		return Key{}, fmt.Errorf("hash of %d characters, want %d hexadecimal digits", len(fields[1]), 2*sha256.Size)
	}
	copy(k.Hash[:], hash)
	if len(fields) > 2 {
		if k.Rate, err = strconv.ParseFloat(fields[2], 64); err != nil || !(k.Rate >= 0) || math.IsInf(k.Rate, 0) {
			return Key{}, fmt.Errorf("rate %q, want a number of requests a second", fields[2])
		}
	}
	if len(fields) > 3 {
		if k.Burst, err = strconv.Atoi(fields[3]); err != nil || k.Burst < 0 {
			return Key{}, fmt.Errorf("burst %q, want a number of requests", fields[3])
		}
	}
	return k, nil
}

// SetKeys replaces the keys of the server, for the requests that come from now on. A
// server that has keys cannot be left without any, which would open it to all.
func (s *Server) SetKeys(keys []Key) error {
	for {
		old := s.keys.Load()
		if len(keys) == 0 && len(old.keys) > 0 {
			return errors.New("serve: SetKeys: no keys, want at least one")
		}
		if s.keys.CompareAndSwap(old, newKeyring(keys, old)) {
			return nil
		}
	}
}

// keyring knows the keys of a server.
type keyring struct {
	keys     []Key
	limiters []*rate.Limiter // nil for no limit
}

// newKeyring returns a ring of keys. Those that were on another ring as they are go on
// with what is left of their rate.
func newKeyring(keys []Key, old *keyring) *keyring {
	k := &keyring{keys: slices.Clone(keys), limiters: make([]*rate.Limiter, len(keys))}
	for i, key := range keys {
		if old != nil {
			if j := slices.Index(old.keys, key); j >= 0 {
				k.limiters[i] = old.limiters[j]
				continue
			}
		}
		if key.Rate > 0 {
			burst := key.Burst
			if burst <= 0 {
				burst = int(min(max(key.Rate, 1), math.MaxInt32))
			}
			k.limiters[i] = rate.NewLimiter(rate.Limit(key.Rate), burst)
		}
	}
	return k
}

// admit returns the name of the key that a secret belongs to, or why it may not.
func (k *keyring) admit(secret string) (string, error) {
	if len(k.keys) == 0 {
		return "", nil
	}
	if secret == "" {
		return "", oip.Errorf(http.StatusUnauthorized, "key", "no API key; send Authorization: Bearer KEY")
	}
	hash, found := sha256.Sum256([]byte(secret)), -1
	for i := range k.keys { // all of them, so that the time taken says nothing
		if subtle.ConstantTimeCompare(hash[:], k.keys[i].Hash[:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return "", oip.Errorf(http.StatusUnauthorized, "key", "unknown API key")
	}
	key, limiter := &k.keys[found], k.limiters[found]
	if limiter == nil {
		return key.Name, nil
	}
	turn := limiter.Reserve()
	if wait := turn.Delay(); wait > 0 {
		turn.Cancel()
		err := oip.Errorf(http.StatusTooManyRequests, "rate", "more than %v requests a second", key.Rate)
		err.RetryAfter = wait
		return key.Name, err
	}
	return key.Name, nil
}

// secretOf returns the secret that a request was sent with, "" if none.
func secretOf(h http.Header) string {
	if scheme, secret, ok := strings.Cut(h.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(secret)
	}
	return h.Get("X-API-Key")
}

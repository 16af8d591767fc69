package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/gannet-ml/gannet/nn/serve"
)

// readKeys reads the file of -keys.
func readKeys(path string) ([]serve.Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	keys, err := serve.ReadKeys(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// keysEvery is how often the file of -keys is read again.
const keysEvery = 5 * time.Second

// followKeys gives the server the keys of a file that was replaced, until ctx is done.
// While the file cannot be read, the old keys hold.
func (s *service) followKeys(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	log := s.server.Options().Logger
	told := "" // the last error
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		keys, err := readKeys(s.keys)
		if err == nil && !slices.Equal(keys, s.server.Options().Keys) {
			if err = s.server.SetKeys(keys); err == nil {
				log.Info("the keys were replaced", "file", s.keys, "keys", len(keys))
			}
		}
		if err != nil && err.Error() != told {
			log.Error("the keys cannot be read; the old ones hold", "error", err)
		}
		told = ""
		if err != nil {
			told = err.Error()
		}
	}
}

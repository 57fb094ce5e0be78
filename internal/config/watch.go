package config

import (
	"context"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"slices"
	"time"

	"gatehouse/internal/base/settings"
)

// pollInterval is the time between two looks of Watch at the files.
const pollInterval = time.Second

// Watch looks every second at the file that current was loaded from, and at the
// files that this file names, until ctx ends. When a content has changed and then
// stayed the same for one second, Watch loads the configuration again; the second
// makes sure that nobody is still writing. Watch calls onChange with a valid
// configuration, or onError once with the faults of an invalid one; the caller
// then keeps the configuration that it has. Watch calls both from its own
// goroutine.
//
// The environment is that of the first load. Each value that arrives on now makes
// Watch load at once, whether a content has changed or not. If the runtime flag
// config_hot_reload is off, nothing else does.
func Watch(ctx context.Context, current *Config, now <-chan os.Signal, onChange func(*Config), onError func(error)) {
	var looks <-chan time.Time
	if current.Flag("config_hot_reload") {
		tick := time.NewTicker(pollInterval)
		defer tick.Stop()
		looks = tick.C
	}
	w := watcher{source: current.trail.Source(), checks: current.checks, loaded: current.trail.Files()}
	if w.source.Path != "" {
		w.source.Data = nil
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-looks:
			w.look(onChange, onError)
		case <-now:
			w.reload(onChange, onError)
		}
	}
}

// Checksum returns a number of the files that the configuration was loaded from: the
// same for the same contents.
func (c *Config) Checksum() uint32 {
	sum, files := crc32.NewIEEE(), c.trail.Files()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintln(sum, files[path])
	}
	return sum.Sum32()
}

type watcher struct {
	source settings.Source
	checks []Check
	loaded map[string]string // digests of the files at the last load
	seen   map[string]string // digests at the last look, if they differed
}

func (w *watcher) look(onChange func(*Config), onError func(error)) {
	now := make(map[string]string, len(w.loaded))
	for path := range w.loaded {
		now[path] = settings.Digest(path)
	}
	if maps.Equal(now, w.loaded) {
		w.seen = nil
		return
	}
	if !maps.Equal(now, w.seen) {
		w.seen = now
		return
	}
	w.reload(onChange, onError)
}

// reload loads the configuration. A file without a key is refused: an editor or a
// deployment that broke off left it, and it would take every route away.
func (w *watcher) reload(onChange func(*Config), onError func(error)) {
	c, err := load(w.source, w.checks)
	w.loaded, w.seen = c.trail.Files(), nil
	if err == nil && c.fileEmpty && w.source.Path != "" {
		err = &settings.Faults{List: []settings.Fault{c.Fault("", "the file "+w.source.Path+" is empty", "", "restart to run without it")}}
	}
	if err != nil {
		onError(err)
		return
	}
	onChange(c)
}

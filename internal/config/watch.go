package config

import (
	"context"
	"maps"
	"time"

	"gatehouse/internal/base/settings"
)

// pollInterval is how often Watch looks.
const pollInterval = time.Second

// Watch looks every second at the file that current was loaded from and at the
// files that it names, until ctx ends. When their contents have changed, and
// then stayed the same for a second, so that nobody is still writing, it loads
// them anew: a valid configuration goes to onChange, the faults of another to
// onError, once. Both are called from this goroutine. An invalid configuration
// changes nothing: the caller keeps the one that it has.
//
// The environment is taken as it was at the first load. Without files there is
// nothing to watch; with the runtime flag config_hot_reload off, Watch returns
// at once.
func Watch(ctx context.Context, current *Config, onChange func(*Config), onError func(error)) {
	if !current.Flag("config_hot_reload") {
		return
	}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	w := watcher{source: current.trail.Source(), loaded: current.trail.Files()}
	if w.source.Path != "" {
		w.source.Data = nil
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.look(onChange, onError)
		}
	}
}

type watcher struct {
	source settings.Source
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
	c, err := load(w.source)
	w.loaded, w.seen = c.trail.Files(), nil
	if err != nil {
		onError(err)
		return
	}
	onChange(c)
}

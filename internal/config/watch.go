package config

import (
	"context"
	"maps"
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
// The environment is that of the first load. Watch returns at once if the runtime
// flag config_hot_reload is off.
func Watch(ctx context.Context, current *Config, onChange func(*Config), onError func(error)) {
	if !current.Flag("config_hot_reload") {
		return
	}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	w := watcher{source: current.trail.Source(), checks: current.checks, loaded: current.trail.Files()}
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
	c, err := load(w.source, w.checks)
	w.loaded, w.seen = c.trail.Files(), nil
	if err != nil {
		onError(err)
		return
	}
	onChange(c)
}

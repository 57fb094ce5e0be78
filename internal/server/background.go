package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatehouse/internal/directory/ratelimit"
)

// tidyEvery is how often expired rows go away, and the file of the master keys
// is looked at.
const tidyEvery = time.Minute

// background starts what runs beside requests, until Close.
func (s *Server) background(keys *keyFile) {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	if s.directory != nil {
		s.work.Go(func() { s.learnDomains(ctx) })
		s.work.Go(func() { s.keepKeys(ctx) })
		s.work.Go(func() { s.importUsers(ctx) })
		s.work.Go(func() { s.followLimits(ctx) })
		s.work.Go(func() { s.directory.threats.follow(ctx, s.log) })
	}
	s.work.Go(func() {
		every(ctx, tidyEvery, func() {
			keys.follow(ctx)
			s.sweep(ctx)
		})
	})
	s.work.Go(func() {
		every(ctx, tidyEvery, func() {
			s.remove(ctx)
			s.declareLate(ctx)
		})
	})
	s.work.Go(func() { s.keepCertificates(ctx) })
	if s.gateway != nil {
		s.work.Go(func() { s.gateway.followSecrets(ctx) })
	}
}

// every calls f again and again until ctx ends.
func every(ctx context.Context, interval time.Duration, f func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f()
		}
	}
}

// keysAfter is how long after the start keys are made ahead: making one keeps a
// processor busy for a tenth of a second, and the first requests come first.
const keysAfter = 3 * time.Second

// keepKeys keeps a stock of signing keys for new pools.
func (s *Server) keepKeys(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(keysAfter):
	}
	if err := s.directory.tokens.KeepStock(ctx); err != nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "make signing keys ahead", slog.String("error", err.Error()))
	}
}

// learnEvery is how often a node looks for the domains that other nodes made: for
// that long, a wildcard route may still take a new one's requests on this node.
const learnEvery = time.Second

// learnDomains keeps the hosts of the pools' domains in memory.
func (s *Server) learnDomains(ctx context.Context) {
	every(ctx, learnEvery, func() {
		// Without an answer of the database, the hosts known before stay.
		_ = s.directory.pools.LearnDomains(ctx)
	})
}

// followLimits shares the rate limits with the other nodes.
func (s *Server) followLimits(ctx context.Context) {
	every(ctx, ratelimit.FollowEvery, func() {
		// Without an answer of the database, the shares known before stay.
		_ = s.directory.limits.Follow(ctx)
	})
}

// importEvery is how often a node looks for an import job that another node started,
// or whose node was killed.
const importEvery = time.Second

// importUsers runs the import jobs that no other node runs.
func (s *Server) importUsers(ctx context.Context) {
	tick := time.NewTicker(importEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.directory.imports.Started():
		}
		s.workOnImports(ctx)
	}
}

// workOnImports runs jobs until there is none. After an error, the job's claim ends
// and a node tries again.
func (s *Server) workOnImports(ctx context.Context) {
	for worked := true; worked && ctx.Err() == nil; {
		var err error
		if worked, err = s.directory.imports.Work(ctx); err != nil && ctx.Err() == nil {
			s.log.LogAttrs(ctx, slog.LevelWarn, "import users", slog.String("error", err.Error()))
			return
		}
	}
}

// remove goes on with the removal of deleted pools and clients.
func (s *Server) remove(ctx context.Context) {
	if err := s.store.Remove(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.log.LogAttrs(ctx, slog.LevelWarn, "remove what was deleted", slog.String("error", err.Error()))
	}
}

// declareLate makes the pools of the configuration that were being removed or imported.
func (s *Server) declareLate(ctx context.Context) {
	if s.directory == nil {
		return
	}
	if err := s.directory.declareLate(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.log.LogAttrs(ctx, slog.LevelWarn, "make the pools of the configuration", slog.String("error", err.Error()))
	}
}

func (s *Server) sweep(ctx context.Context) {
	if err := s.store.Sweep(ctx, s.now()); err != nil && !errors.Is(err, context.Canceled) {
		s.log.LogAttrs(ctx, slog.LevelWarn, "sweep", slog.String("error", err.Error()))
	}
}

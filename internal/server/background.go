package server

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// tidyEvery is how often expired rows go away, and the file of the master keys
// is looked at.
const tidyEvery = time.Minute

// background starts what runs beside requests, until Close.
func (s *Server) background(keys *keyFile) {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.work.Go(func() {
		tick := time.NewTicker(tidyEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				keys.follow(ctx)
				s.sweep(ctx)
			}
		}
	})
}

func (s *Server) sweep(ctx context.Context) {
	if err := s.store.Sweep(ctx, s.now()); err != nil && !errors.Is(err, context.Canceled) {
		s.log.LogAttrs(ctx, slog.LevelWarn, "sweep", slog.String("error", err.Error()))
	}
}

package main

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/pflag"

	"gatehouse/internal/server"
)

// databaseWait is how long a command waits for a database that does not answer.
type databaseWait struct{ limit time.Duration }

func (w *databaseWait) flags(f *pflag.FlagSet) {
	f.DurationVar(&w.limit, "wait", 30*time.Second, "how long to wait for a database that does not answer; 0 to fail at once")
}

// told returns a patience that says once, on out, that the command waits.
func (w *databaseWait) told(out io.Writer) server.Patience {
	return server.Patience{Wait: w.limit, Waiting: func(err error) {
		fmt.Fprintf(out, "gatehouse: waiting up to %v for the database: %s\n", w.limit, oneLine(err.Error()))
	}}
}

// logged returns a patience that logs once that the command waits.
func (w *databaseWait) logged(log *slog.Logger) server.Patience {
	return server.Patience{Wait: w.limit, Waiting: func(err error) {
		log.Warn("waiting for the database", slog.String("error", err.Error()), slog.Int64("limit_ms", w.limit.Milliseconds()))
	}}
}

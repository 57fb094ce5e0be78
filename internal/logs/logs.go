// Package logs delivers the log entries of user pools. An owner of a pool names a
// destination by its ARN, and the configuration says what that is:
//
//	ARN ── Exporter ──► Target ─┬─ File        one entry a line
//	                            ├─ Webhook     a signed POST
//	                            └─ CloudWatch  the API of CloudWatch Logs
//
// Nobody waits for an entry: Deliver hands it to a bounded number of tasks. What
// cannot be delivered is dropped, counted and logged, as Cognito's delivery is best
// effort. Entries hold no secret; whoever makes them sees to it.
package logs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatehouse/internal/base/arn"
)

// Entry is one log entry of a pool.
type Entry struct {
	Stream string // in which of a group's streams it goes: the id of the pool
	At     time.Time
	Text   []byte // JSON, on one line
}

// Target is where entries go. put ends when ctx ends. Safe for concurrent use.
type Target interface {
	put(ctx context.Context, arn string, e Entry) error
}

// Destination says what an ARN means.
type Destination struct {
	ARN    string // a "*" at its end stands for any end
	Target Target
}

// Exporter delivers entries. Safe for concurrent use.
type Exporter struct {
	Destinations []Destination
	// After runs task in the background. It returns false if it does not: too many
	// tasks wait, or the process ends.
	After func(pause time.Duration, task func(context.Context)) bool
	Log   *slog.Logger
	// Count counts the entries that were delivered, and those that were dropped. nil:
	// nothing counts.
	Count func(delivered bool)
}

// Causes, for the log.
var (
	errBusy       = errors.New("too many entries wait, or the process ends")
	errUnresolved = errors.New("the configuration does not say where it is")
)

// Resolves reports whether a destination has the ARN.
func (x *Exporter) Resolves(arn string) bool { return x.find(arn) != nil }

// find returns the target of the destination that names the ARN best. nil: there is
// none.
func (x *Exporter) find(name string) Target {
	d, _ := arn.Best(x.Destinations, func(d Destination) string { return d.ARN }, name)
	return d.Target
}

// Deliver delivers an entry, which is JSON on one line, in the background.
func (x *Exporter) Deliver(ctx context.Context, arn, stream string, at time.Time, text []byte) {
	e := Entry{Stream: stream, At: at, Text: text}
	target := x.find(arn)
	switch {
	case target == nil:
		x.finish(ctx, arn, e, errUnresolved)
	case !x.After(0, func(ctx context.Context) { x.finish(ctx, arn, e, target.put(ctx, arn, e)) }):
		x.finish(ctx, arn, e, errBusy)
	}
}

func (x *Exporter) finish(ctx context.Context, arn string, e Entry, err error) {
	if x.Count != nil {
		x.Count(err == nil)
	}
	if err != nil {
		x.Log.LogAttrs(ctx, slog.LevelWarn, "log entry dropped", slog.String("pool", e.Stream), slog.String("destination", arn), slog.Any("error", err))
	}
}

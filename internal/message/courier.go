package message

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Courier hands messages to a sender. A message for which nobody waits is tried
// again, for a quarter of an hour. A message that could not be sent is logged,
// counted and kept, so that none is lost silently.
type Courier struct {
	Sender Sender
	// Kept gets the messages that could not be sent, for the operator.
	Kept *Outbox
	// After runs task in the background after a pause, with a context of its own.
	// It returns false if it does not: too many tasks wait, or the process ends.
	After func(pause time.Duration, task func(context.Context)) bool
	Log   *slog.Logger
	// Count counts the messages that were sent, and those that could not be. nil:
	// nothing counts.
	Count func(m Medium, sent bool)
	// Failed is told of each message that could not be sent. nil: nobody is.
	Failed func(ctx context.Context, m *Message, err error)
}

// Sends reports whether messages of a medium can be sent. A Sender that does not say so
// sends them all.
func (c *Courier) Sends(m Medium) bool {
	choosy, ok := c.Sender.(interface{ Sends(m Medium) bool })
	return !ok || choosy.Sends(m)
}

// pauses are the times between the tries of a message for which nobody waits.
var pauses = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 12 * time.Minute}

// Send hands m over, and returns the sender's error.
func (c *Courier) Send(ctx context.Context, m *Message) error {
	err := m.handOver(ctx, c.Sender)
	c.finish(ctx, m, err)
	return err
}

// Write writes a message, which may take long. It may return nil: then nothing is
// sent.
type Write func(ctx context.Context) (*Message, error)

// SendLater hands over what write returns, in the background. Its caller learns
// nothing of it, and waits for nothing. The draft is kept for the operator if the
// message was not written.
func (c *Courier) SendLater(ctx context.Context, draft *Message, write Write) {
	if !c.After(0, func(ctx context.Context) { c.begin(ctx, draft, write) }) {
		c.finish(ctx, draft, ErrDelivery.Because(errBusy))
	}
}

var errBusy = errors.New("too many messages wait, or the process ends")

// begin writes a message once, however often it is tried.
func (c *Courier) begin(ctx context.Context, draft *Message, write Write) {
	m, err := write(ctx)
	if err != nil {
		c.finish(ctx, draft, err)
		return
	}
	if m == nil {
		return
	}
	c.try(ctx, m, pauses)
}

// try is one try of m. If it fails, the next one follows after the first pause.
func (c *Courier) try(ctx context.Context, m *Message, pauses []time.Duration) {
	err := m.handOver(ctx, c.Sender)
	if mayPass(err) && len(pauses) > 0 && c.After(pauses[0], func(ctx context.Context) { c.try(ctx, m, pauses[1:]) }) {
		return
	}
	c.finish(ctx, m, err)
}

// mayPass reports whether another try may end without the error.
func mayPass(err error) bool { return errors.Is(err, ErrDelivery) }

// finish notes the result of the last try of m.
func (c *Courier) finish(ctx context.Context, m *Message, err error) {
	if c.Count != nil {
		c.Count(m.Medium, err == nil)
	}
	if err == nil {
		return
	}
	if c.Failed != nil {
		c.Failed(ctx, m, err)
	}
	kept := c.keep(ctx, m)
	c.Log.LogAttrs(ctx, slog.LevelWarn, "message not delivered", slog.String("pool", m.Pool), slog.String("medium", string(m.Medium)),
		slog.String("purpose", m.Purpose), slog.Int64("message", kept), slog.Any("error", err))
}

// keep keeps a message that could not be sent, and returns its id; 0 if it could
// not be kept, which the log says. A sender that hangs may have used up ctx.
func (c *Courier) keep(ctx context.Context, m *Message) int64 {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	id, err := c.Kept.keep(ctx, m)
	if err != nil {
		c.Log.LogAttrs(ctx, slog.LevelWarn, "undelivered message not kept", slog.String("pool", m.Pool), slog.Any("error", err))
	}
	return id
}

package lifetime

import (
	"context"
	"time"
)

// standard returns the context of package context that ends with c: its channel is that of
// c, and what is derived of c is derived of it. So no goroutine has to wait for c.
func (c *Context) standard() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.std != nil {
		return c.std
	}
	if c.err != nil {
		c.std, c.cancel = context.WithCancelCause(context.Background())
		c.cancel(c.causeOfEnd())
		return c.std
	}
	c.std, c.cancel = within(c.parent, c.deadline)
	c.rest()
	for w := c.first; w != nil; w = c.first {
		c.drop(w)
		w.watch(c.std)
	}
	return c.std
}

func (c *Context) causeOfEnd() error {
	if c.cause != nil {
		return c.cause
	}
	return c.err
}

// within returns a context that ends with parent, at a time, or by cancel.
func within(parent context.Context, at time.Time) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	if at.IsZero() {
		return ctx, cancel
	}
	ctx, stop := context.WithDeadline(ctx, at)
	return ctx, func(cause error) {
		cancel(cause)
		stop()
	}
}

// innermost is the key by which package context asks a context for the innermost of its own
// that can be cancelled. The standard library does not tell it, but asks with it.
var innermost = func() any {
	var asked questions
	_ = context.Cause(&asked) // nil: the question counts
	return asked.key
}()

// questions is a context that has ended, and remembers what it is asked for.
type questions struct {
	context.Context
	key any
}

func (q *questions) Err() error { return context.Canceled }

func (q *questions) Value(key any) any {
	q.key = key
	return nil
}

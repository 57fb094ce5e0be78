// Package lifetime has a [context.Context] for what every request makes. It is a part of
// the object whose life it is, and most lives need no more memory than that:
//
//	request ◀── exchange ◀── Watch: the connection to the upstream
//	  ends        ends         is cut
//
// A [Context] is what context.WithCancelCause and context.WithTimeout return, but makes
// only what it is asked for. Somebody who asks for its channel, or derives another context
// of it, makes it one of package context, which knows all the rest.
package lifetime

import (
	"context"
	"sync"
	"time"
)

// Context is a [context.Context] that ends with its parent, after a time, or by End. Begin
// comes before everything else, and is called once; End is to be called at last. A Context
// can be used after its end, so it must not be used for another life. It is safe for
// concurrent use.
type Context struct {
	parent   context.Context // nil: it has not begun
	deadline time.Time       // zero: none of its own
	timers   *Timers         // nil: none are kept

	mu     sync.Mutex
	err    error                   // of an end that came before std; nil: there was none
	cause  error                   // of err
	std    context.Context         // nil: nobody has asked for more than the end
	cancel context.CancelCauseFunc // of std
	first  *Watch                  // of those that hear of the end
	rises  bool                    // it hears of the end of parent, and of that of its time
	up     Watch                   // of parent
	alarm  *alarm                  // nil: no time is awaited
}

// Begin begins a life within that of parent. It ends after a time; 0 is no limit. Its timer
// is one of timers, else one of those that parent has.
func (c *Context) Begin(parent context.Context, limit time.Duration, timers *Timers) {
	c.parent, c.timers = parent, timers
	if p := of(parent); p != nil && timers == nil {
		c.timers = p.timers
	}
	if limit <= 0 {
		return
	}
	at := time.Now().Add(limit)
	if before, ok := parent.Deadline(); ok && before.Before(at) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline = at; c.timers != nil { // else the timer may never be needed
		c.alarm = c.timers.set(c, limit)
	}
}

// lived is a [Context], or what has one embedded.
type lived interface{ lifetime() *Context }

func (c *Context) lifetime() *Context { return c }

// of returns the Context that ctx is, nil if it is another one.
func of(ctx context.Context) *Context {
	if l, ok := ctx.(lived); ok {
		return l.lifetime()
	}
	return nil
}

// Deadline implements [context.Context].
func (c *Context) Deadline() (at time.Time, ok bool) {
	if c.deadline.IsZero() {
		return c.parent.Deadline()
	}
	return c.deadline, true
}

// Done implements [context.Context].
func (c *Context) Done() <-chan struct{} { return c.standard().Done() }

// Err implements [context.Context].
func (c *Context) Err() error {
	if err, known := c.known(); known {
		return err
	}
	if err := c.parent.Err(); err != nil {
		c.end(err, context.Cause(c.parent))
	} else if c.late() {
		c.end(context.DeadlineExceeded, nil)
	}
	err, _ := c.known()
	return err
}

// known returns how the life has ended, and whether there is no need to ask others.
func (c *Context) known() (err error, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && c.std != nil {
		return c.std.Err(), true
	}
	return c.err, c.err != nil
}

// late reports whether the time is over.
func (c *Context) late() bool { return !c.deadline.IsZero() && !time.Now().Before(c.deadline) }

// Value implements [context.Context].
func (c *Context) Value(key any) any {
	if key == innermost { // the key is never nil
		return c.standard().Value(key)
	}
	return c.parent.Value(key)
}

// String is for logs of contexts.
func (c *Context) String() string { return "lifetime.Context" }

// End ends the life with [context.Canceled], unless it has ended. The cause is for
// [context.Cause]; nil is that of the standard library. Nothing happens before Begin.
func (c *Context) End(cause error) {
	if c.parent == nil {
		return
	}
	if err := c.parent.Err(); err != nil { // of which nobody has asked yet
		c.end(err, context.Cause(c.parent))
	}
	c.end(context.Canceled, cause)
}

// end ends the life, unless it has ended. The life of std ends by cancel, or by itself.
func (c *Context) end(err, cause error) {
	c.mu.Lock()
	if c.std != nil {
		cancel := c.cancel
		c.mu.Unlock()
		if err == context.Canceled {
			cancel(cause)
		}
		return
	}
	if c.err == nil {
		c.err, c.cause = err, cause
	}
	c.rest()
	c.mu.Unlock()
	for c.tellOne() {
	}
}

// rest ends what rise began. It is called with c.mu held.
func (c *Context) rest() {
	c.alarm.off(c.timers)
	c.up.Stop()
	c.alarm = nil
}

// tellOne tells one of those that hear of the end, and reports whether there was one.
func (c *Context) tellOne() bool {
	c.mu.Lock()
	w := c.first
	if w == nil {
		c.mu.Unlock()
		return false
	}
	do, child := w.do, w.child
	c.drop(w)
	c.mu.Unlock()
	if child != nil {
		child.parentEnded() // as the standard library: at once
	} else {
		go do()
	}
	return true
}

func (c *Context) parentEnded() { c.end(c.parent.Err(), context.Cause(c.parent)) }

func (c *Context) timeOver() { c.end(context.DeadlineExceeded, nil) }

// add has w hear of the end, and reports whether it will; else the life has another kind
// of context.
func (c *Context) add(w *Watch) bool {
	_ = c.Err() // nobody may have asked since the end
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		go w.action()()
		return true
	case c.std != nil:
		return false
	}
	w.on, w.linked, w.next, w.prev = c, true, c.first, nil
	if c.first != nil {
		c.first.prev = w
	}
	c.first = w
	c.rise()
	return true
}

// drop is the contrary of add. It is called with c.mu held.
func (c *Context) drop(w *Watch) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		c.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	}
	w.linked, w.next, w.prev = false, nil, nil
}

// rise hears of the end of parent, and of the end of the time. It is called with c.mu
// held. The lock of a parent is taken after those of its children, never before.
func (c *Context) rise() {
	if c.rises {
		return
	}
	c.rises = true
	if of(c.parent) != nil || c.parent.Done() != nil { // it can end
		c.up.child = c
		c.up.start(c.parent)
	}
	if !c.deadline.IsZero() && c.alarm == nil {
		c.alarm = c.timers.set(c, time.Until(c.deadline))
	}
}

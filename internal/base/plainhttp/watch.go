package plainhttp

import "time"

// patience is how long an answer may take until somebody looks whether its client is
// still there. Most answers are quicker. It is short, so that a request whose client leaves
// ends as it does in net/http, which looks from the beginning.
const patience = 10 * time.Millisecond

// watch waits for the end of a client while its request is answered. c.mu guards it.
type watch struct {
	timer   *time.Timer   // nil: there was no request yet
	reading chan struct{} // closed when the watch reads no more; nil: it does not
}

func (w *watch) start(do func()) {
	if w.timer == nil {
		w.timer = time.AfterFunc(patience, do)
		return
	}
	w.timer.Reset(patience)
}

// watchClient reads in place of the loop while that waits for the handler. An end of the
// connection ends the request. What the client sends meanwhile stays in the reader, and
// ends the watch, as in net/http.
func (c *conn) watchClient() {
	c.mu.Lock()
	if c.current == nil || c.watch.reading != nil || c.r.Buffered() > 0 {
		c.mu.Unlock()
		return
	}
	over := make(chan struct{})
	c.watch.reading = over
	c.setReadDeadline(time.Time{})
	c.mu.Unlock()
	defer close(over)
	if _, err := c.r.Peek(1); err != nil {
		c.gone() // nothing, if it was stopWatch
	}
}

// stopWatch ends the request, and the watch. After it the loop may read: it has to set
// the deadline.
func (c *conn) stopWatch() {
	c.mu.Lock()
	if c.watch.timer == nil { // the connection is hijacked
		c.mu.Unlock()
		return
	}
	c.watch.timer.Stop()
	over := c.watch.reading
	c.current, c.watch.reading = nil, nil
	if over != nil {
		c.setReadDeadline(longAgo)
	}
	c.mu.Unlock()
	if over != nil {
		<-over
	}
}

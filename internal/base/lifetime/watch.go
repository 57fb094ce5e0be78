package lifetime

import "context"

// Watch waits for the end of a context, as [context.AfterFunc] does, and is a part of what
// waits. It can be used again and again, by one goroutine at a time.
type Watch struct {
	do    func()
	child *Context // nil: do is called

	on         *Context // nil: it has not started, or the context is another one
	linked     bool     // on.mu guards it, and the rest
	next, prev *Watch
	stop       func() bool // nil: the standard library has not started it
}

// Start has do called in its own goroutine as soon as ctx ends. Stop must have been called
// since the last Start.
func (w *Watch) Start(ctx context.Context, do func()) {
	w.do = do
	w.start(ctx)
}

func (w *Watch) start(ctx context.Context) {
	if c := of(ctx); c == nil || !c.add(w) {
		w.watch(ctx)
	}
}

// watch has the standard library start w.
func (w *Watch) watch(ctx context.Context) {
	w.stop = context.AfterFunc(ctx, w.action())
}

// action returns what is to be called.
func (w *Watch) action() func() {
	if w.child != nil {
		return w.child.parentEnded
	}
	return w.do
}

// Stop ends the wait. It reports false if do has been called, or Stop was.
func (w *Watch) Stop() bool {
	c := w.on
	if c == nil {
		return w.leave(false)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	linked := w.linked
	if linked {
		c.drop(w)
	}
	return w.leave(linked)
}

// leave forgets everything. waited says that the call was prevented.
func (w *Watch) leave(waited bool) bool {
	stop := w.stop
	w.do, w.on, w.stop = nil, nil, nil
	return stop != nil && stop() || waited
}

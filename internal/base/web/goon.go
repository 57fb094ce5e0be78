package web

import "context"

// GoOn has do called after the handler of a request has returned, in a goroutine of its
// own, and what is observed of the request ends with do. It is for a connection that was
// hijacked and may be silent for hours: the stack of a handler, which is large, would be
// kept for nothing. The context of the request may end before do does.
//
// It reports false, and do is not called, if the request is not observed.
func GoOn(ctx context.Context, do func()) bool {
	e := eventOf(ctx)
	if e == nil {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rest = do
	return true
}

// goesOn reports whether something comes after the handler.
func (e *event) goesOn() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rest != nil
}

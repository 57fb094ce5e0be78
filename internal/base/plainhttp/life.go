package plainhttp

import "gatehouse/internal/base/lifetime"

// life is the context of a request. It has room for one value, so that the first who adds
// one needs neither another context nor another request.
type life struct {
	lifetime.Context
	key, value any // nil: there is none
}

// Keep adds a value, and reports whether there was room. It is for a handler that has told
// nobody of the context yet.
func (l *life) Keep(key, value any) bool {
	if l.key != nil {
		return false
	}
	l.key, l.value = key, value
	return true
}

// Value implements [context.Context].
func (l *life) Value(key any) any {
	if l.key != nil && key == l.key {
		return l.value
	}
	return l.Context.Value(key)
}

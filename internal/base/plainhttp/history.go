package plainhttp

import (
	"context"
	"net"
	"net/http"
)

// maxReturns is how often a connection may come back from the short road and take it
// again. The way costs more than a few requests save.
const maxReturns = 8

// history is what a connection has brought on net/http's road.
type history struct {
	usual   int // requests in a row
	returns int // from the short road
}

type historyKey struct{}

// withHistory gives every connection a history.
func withHistory(next func(context.Context, net.Conn) context.Context) func(context.Context, net.Conn) context.Context {
	return func(ctx context.Context, nc net.Conn) context.Context {
		if next != nil {
			ctx = next(ctx, nc)
		}
		h := &history{}
		if c, ok := nc.(interface{ timesBack() int }); ok {
			h.returns = c.timesBack()
		}
		return context.WithValue(ctx, historyKey{}, h)
	}
}

func historyOf(r *http.Request) *history {
	h, _ := r.Context().Value(historyKey{}).(*history)
	return h
}

// worthIt reports whether the connection of r is to take the short road with it: it is the
// second usual request in a row. Many connections bring one only.
func (h *history) worthIt(r *http.Request) bool {
	if h == nil || r.ProtoMajor != 1 {
		return false
	}
	if !usual(r) {
		h.usual = 0
		return false
	}
	h.usual++
	return h.usual > 1 && h.returns <= maxReturns
}

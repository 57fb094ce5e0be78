package proxy

import (
	"context"
	"time"

	"gatehouse/internal/base/lifetime"
)

// life is the context of an exchange: it ends with the request, after a time, with the
// session or the configuration that allowed it. It is a part of the exchange.
type life struct {
	lifetime.Context
	x *exchange
}

// begin begins the exchange with an upstream, within a context and for a time at most; 0 is
// no limit.
func (x *exchange) begin(within context.Context, limit time.Duration) context.Context {
	x.life.x = x
	x.life.Begin(within, limit, nil)
	return &x.life
}

// abort ends the exchange with the upstream. Before begin there is none.
func (x *exchange) abort() { x.life.End(nil) }

// exchangeKey is the context key of the request's *exchange, for what gets the request
// as an http.RoundTripper does.
type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// Value implements context.Context.
func (l *life) Value(key any) any {
	if key == (exchangeKey{}) {
		return l.x
	}
	return l.Context.Value(key)
}

package account

import (
	"context"
	"errors"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// admit begins to watch over a request, if the pool protects its users, and refuses an
// address that the pool blocks. risk.ErrBlocked.
func (e *Engine) admit(ctx context.Context, p *userpool.Pool, client userpool.ClientID, v risk.Visit) (*risk.Watch, error) {
	w, err := e.Risks.Watch(ctx, p, client, v, false)
	if err != nil {
		return nil, err
	}
	return w, w.Admit(false)
}

// record adds what came of a request to the history of u, and returns the error of
// the request. A failure of ours is not recorded. If u is nil, it does the same work,
// and nothing stays.
func record(ctx context.Context, w *risk.Watch, u *user.User, r risk.Result) error {
	switch kind := fault.KindOf(r.Err); {
	case r.Err != nil && (kind == fault.Internal || kind == fault.Unavailable):
		return r.Err
	case r.Err != nil:
		r.Response = risk.Failed
	}
	if err := w.Record(ctx, u, r); err != nil {
		return errors.Join(r.Err, err)
	}
	return r.Err
}

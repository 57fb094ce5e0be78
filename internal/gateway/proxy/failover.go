package proxy

import (
	"errors"
	"net"
	"net/http"
	"slices"
)

// failover sends a request to another upstream of its route if the chosen one
// accepts no connection: then it is certain that no upstream has seen the
// request. It does so only for requests without a body, because a body can't be
// sent twice.
type failover struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (f failover) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := f.next.RoundTrip(r)
	if err == nil || !refusedConnection(err) || r.Body != nil && r.Body != http.NoBody {
		return resp, err
	}
	x := exchangeOf(r.Context())
	if x == nil {
		return resp, err
	}
	chosen, tried := r.URL.Host, []string{r.URL.Host}
	for _, t := range x.route.targets {
		if slices.Contains(tried, t.host) || r.Context().Err() != nil {
			continue
		}
		tried = append(tried, t.host)
		again := r.Clone(r.Context())
		again.URL.Scheme, again.URL.Host = t.scheme, t.host
		if again.Host == chosen {
			again.Host = t.host
		}
		if resp, err = f.next.RoundTrip(again); err == nil || !refusedConnection(err) {
			return resp, err
		}
	}
	return resp, err
}

func refusedConnection(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

package authenticate

import (
	"errors"
	"net/http"
	"net/url"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
)

// ErrTarget refuses to send a person to a URL that is not an application of
// the gateway.
var ErrTarget = fault.New(fault.Invalid, "redirect_target", "This link does not lead to an application of this gateway.")

// Arrival is a browser that came back with a valid ticket.
type Arrival struct {
	Wanted  *url.URL // a URL of this host
	Session *session.Session
	Handle  seal.Secret // of Session; empty if the ticket named it by id
}

// Arrive redeems the ticket of a request at an application's host. secure says
// whether the host has TLS. The front then sets its cookie and sends the
// browser on to Wanted.
func (t *RoundTrip) Arrive(r *http.Request, secure bool) (*Arrival, error) {
	host := web.Host(r)
	ticket, err := t.Tickets.Redeem(r.Context(), r.URL.Query().Get(t.TicketParam), host, t.browserSecrets(r, secure)...)
	if err != nil {
		return nil, err
	}
	wanted, err := url.Parse(ticket.Return)
	if err != nil || hostname.Of(wanted.Host) != host || !t.Hooks.Reaches(wanted) {
		return nil, ErrTarget
	}
	s, err := t.Sessions.Lookup(r.Context(), ticket.SessionID())
	if errors.Is(err, session.ErrNotFound) {
		return nil, session.ErrExpired // signed out between the two redirects
	}
	if err != nil {
		return nil, err
	}
	return &Arrival{Wanted: wanted, Session: s, Handle: ticket.Handle}, nil
}

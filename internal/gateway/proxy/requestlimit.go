package proxy

import (
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/gateway/limit"
)

// ErrTooMany refuses a request of somebody who has sent too many to a route.
var ErrTooMany = fault.New(fault.Throttled, "too_many_requests_to_route", "You have sent too many requests to this application. Please wait a moment.")

// limit counts a request to a route that has a limit.
func (c *chain) limit(w http.ResponseWriter, x *exchange) error {
	l := x.route.limiter
	if l == nil {
		return nil
	}
	wait := l.Take(x.caller(), c.now())
	if wait == 0 {
		return nil
	}
	retryAfter(w, wait)
	return ErrTooMany
}

func retryAfter(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
}

// caller is who sends a request: the person, from wherever, or else the address.
func (x *exchange) caller() string {
	if x.session != nil {
		return "person " + x.session.Provider + " " + x.session.Identity.UserID
	}
	return limit.Network(x.addr)
}

package authenticate

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/web"
)

// ErrCircles ends a sign-in that succeeds again and again, and of which the
// browser keeps nothing: the application would send it to sign in without end.
var ErrCircles = fault.New(fault.Invalid, "sign_in_circles", "You signed in several times, and your browser did not keep it. Perhaps it refuses the cookies of this site, or an extension removes them. The people who run this site check cookie_domain and cookie_same_site, and that it is opened by the URL that the route names, with https.")

// A browser that arrives with a session maxArrivals times, each within circleTime
// of the one before, and then has no session, goes in circles.
const (
	maxArrivals = 3
	circleTime  = 2 * time.Minute
)

// kept is what the cookie BrowserCookie of an application's host holds.
type kept struct {
	secret   string
	arrivals int
	last     int64 // when the browser arrived, in Unix seconds
}

func (k kept) String() string {
	if k.arrivals == 0 {
		return k.secret
	}
	return fmt.Sprintf("%s.%d.%d", k.secret, k.arrivals, k.last)
}

// keptBy returns what a browser keeps, with an empty secret if it keeps nothing.
func (t *RoundTrip) keptBy(r *http.Request, secure bool) kept {
	secret, rest, _ := strings.Cut(web.CookieValue(r, web.Prefixed(t.BrowserCookie, secure)), ".")
	if len(secret) != len(ids.Token()) {
		return kept{}
	}
	k := kept{secret: secret}
	if _, err := fmt.Sscanf(rest, "%d.%d", &k.arrivals, &k.last); err != nil || k.arrivals < 0 || t.now().Sub(time.Unix(k.last, 0)) > circleTime {
		k.arrivals = 0
	}
	return k
}

func (t *RoundTrip) keep(w http.ResponseWriter, k kept, secure bool) {
	web.SetPrefixed(w, t.BrowserCookie, k.String(), secure, browserLife)
}

// NoteArrival counts that a browser arrived at an application's host with a
// session. secure says whether the host has TLS.
func (t *RoundTrip) NoteArrival(w http.ResponseWriter, r *http.Request, secure bool) {
	k := t.keptBy(r, secure)
	k.arrivals, k.last = min(k.arrivals, maxArrivals)+1, t.now().Unix()
	t.keep(w, k, secure)
}

// CheckCircles returns ErrCircles if the browser, which has no session, arrived
// with one too often. It begins to count anew.
func (t *RoundTrip) CheckCircles(w http.ResponseWriter, r *http.Request, secure bool) error {
	if t.keptBy(r, secure).arrivals < maxArrivals {
		return nil
	}
	t.ForgetArrivals(w, secure)
	return ErrCircles
}

// ForgetArrivals begins to count anew, as when the person signs out.
func (t *RoundTrip) ForgetArrivals(w http.ResponseWriter, secure bool) {
	web.ClearPrefixed(w, t.BrowserCookie, secure)
}

func (t *RoundTrip) now() time.Time {
	if t.Now != nil {
		return t.Now()
	}
	return time.Now()
}

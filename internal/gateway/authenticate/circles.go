package authenticate

import (
	"fmt"
	"net/http"
	"slices"
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

// keptBy returns what a browser keeps, with an empty secret if it keeps nothing. Of
// several cookies the smallest count is true: a planted one can't end a sign-in.
func (t *RoundTrip) keptBy(r *http.Request, secure bool) kept {
	all := t.allKept(r, secure)
	if len(all) == 0 {
		return kept{}
	}
	least := slices.MinFunc(all, func(a, b kept) int { return a.arrivals - b.arrivals })
	return kept{secret: all[0].secret, arrivals: least.arrivals, last: least.last}
}

// allKept returns what all cookies of the name hold. There is one, or none. Without
// TLS, another host of the domain can plant more, and put them before ours.
func (t *RoundTrip) allKept(r *http.Request, secure bool) []kept {
	var all []kept
	for _, value := range web.CookieValues(r, web.Prefixed(t.BrowserCookie, secure)) {
		if k := t.readKept(value); k.secret != "" {
			all = append(all, k)
		}
	}
	return all
}

func (t *RoundTrip) readKept(value string) kept {
	secret, rest, _ := strings.Cut(value, ".")
	if len(secret) != len(ids.Token()) {
		return kept{}
	}
	k := kept{secret: secret}
	_, err := fmt.Sscanf(rest, "%d.%d", &k.arrivals, &k.last)
	if age := t.now().Sub(time.Unix(k.last, 0)); err != nil || k.arrivals < 0 || age.Abs() > circleTime {
		k.arrivals = 0
	}
	return k
}

// keep leaves k with the browser, and nothing else under the name.
func (t *RoundTrip) keep(w http.ResponseWriter, r *http.Request, k kept, secure bool) {
	if name := web.Prefixed(t.BrowserCookie, secure); len(web.CookieValues(r, name)) > 1 {
		web.EndCookie(w, r, name)
	}
	web.SetPrefixed(w, t.BrowserCookie, k.String(), secure, browserLife)
}

// NoteArrival counts that a browser arrived at an application's host with a
// session. secure says whether the host has TLS.
func (t *RoundTrip) NoteArrival(w http.ResponseWriter, r *http.Request, secure bool) {
	k := t.keptBy(r, secure)
	k.arrivals, k.last = min(k.arrivals, maxArrivals)+1, t.now().Unix()
	t.keep(w, r, k, secure)
}

// CheckCircles returns ErrCircles if the browser, which has no session, arrived
// with one too often. It begins to count anew.
func (t *RoundTrip) CheckCircles(w http.ResponseWriter, r *http.Request, secure bool) error {
	if t.keptBy(r, secure).arrivals < maxArrivals {
		return nil
	}
	t.ForgetArrivals(w, r, secure)
	return ErrCircles
}

// ForgetArrivals begins to count anew, as when the person signs out.
func (t *RoundTrip) ForgetArrivals(w http.ResponseWriter, r *http.Request, secure bool) {
	if !secure {
		web.EndCookie(w, r, t.BrowserCookie) // it may be planted
	}
	web.ClearPrefixed(w, t.BrowserCookie, secure)
}

func (t *RoundTrip) now() time.Time {
	if t.Now != nil {
		return t.Now()
	}
	return time.Now()
}

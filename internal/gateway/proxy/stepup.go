package proxy

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/gateway/session"
)

// A route may ask for a sign-in that is not long ago (reauthenticate_after). A session
// that is older goes to the provider with max_age, and comes back with a new session. The
// provider's auth_time decides, not the round trip: a provider that signs the person in
// by a session of its own says that it did. If the person was sent there to sign in anew
// and auth_time is old all the same, the sign-in fails: nothing goes round.

// ErrReauthenticate refuses a session that is too old for a route.
var ErrReauthenticate = fault.New(fault.Unauthenticated, "reauthentication_required", "This application asks for a sign-in that is not long ago. Please sign in again.")

// longAgo reports whether the person of a session proved who they are longer ago than
// maxAge, or nobody knows when. 0: any time is good.
func longAgo(s *session.Session, maxAge time.Duration, now time.Time) bool {
	return maxAge > 0 && (s.Authenticated.IsZero() || now.Sub(s.Authenticated) > maxAge)
}

// maxAgeOf returns the limit that a signed link asks for.
func maxAgeOf(q url.Values) time.Duration {
	seconds, err := strconv.Atoi(q.Get(paramMaxAge))
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func (c *chain) tooLongAgo(x *exchange) bool {
	return x.session != nil && longAgo(x.session, x.route.Reauthenticate, c.now())
}

// stepUp sends a browser to sign in anew. Other clients get 401, with what is missing;
// RFC 9470 §3. Only a person can sign in anew, at this front.
func (c *chain) stepUp(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if x.authority == "" && mayRedirect(r) && c.pomerium.accepts(x.session, x.route.Provider) {
		return c.sendToSignIn(w, r, x)
	}
	w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer error="insufficient_user_authentication", error_description="the sign-in is too long ago", max_age="%d"`, int(x.route.Reauthenticate.Seconds())))
	return ErrReauthenticate
}

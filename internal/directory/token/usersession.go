package token

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of user sessions.
var (
	ErrSessionsOff        = fault.New(fault.Unsupported, "user_sessions_off", "User session tracking is not enabled for the user pool.")
	ErrUserSessionUnknown = fault.New(fault.NotFound, "user_session_unknown", "The session does not exist.")
	ErrOwnSession         = fault.New(fault.Invalid, "user_session_own", "The session is that of the access token. Sign out to end it.")
)

// SessionID names a session for its user: 28 characters of [a-z0-9], of which the
// first three are the kind. It opens nothing.
type SessionID string

// The kinds of user sessions.
const (
	sessionToken = "tkn" // a grant
	sessionSSO   = "sso" // a browser session
)

const lowerAlphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"

func newSSOSessionID() SessionID { return SessionID(sessionSSO + ids.From(lowerAlphanumeric, 25)) }

// SessionID returns the id of the grant as a user session. It is made of the
// grant's own id, so that only one of them is stored.
func (g *Grant) SessionID() SessionID {
	sum := sha256.Sum256([]byte(g.ID))
	digits := new(big.Int).SetBytes(sum[:16]).Text(36)
	return SessionID(sessionToken + strings.Repeat("0", 25-len(digits)) + digits)
}

// Activity is the last use of a sign-in in a pool that tracks sessions. The zero
// value is that of a sign-in that is not tracked: it began while tracking was off.
type Activity struct {
	At      time.Time // zero: not tracked
	Device  string    // as [Visitor.Device] says
	Address string    // of the client; "": unknown
}

// Tracked reports whether there is an activity.
func (a Activity) Tracked() bool { return !a.At.IsZero() }

// activity returns what a pool remembers of a use now.
func activity(p *userpool.Pool, from Visitor, now time.Time) Activity {
	if p.SessionsPerUser() == 0 {
		return Activity{}
	}
	return Activity{At: now, Device: from.Device(), Address: from.Address}
}

// UserSession is one sign-in as its user sees it: the life of a refresh token, or
// of a browser session. Cognito: SessionDescriptionType.
type UserSession struct {
	ID       SessionID
	SSO      bool // a browser session; else a refresh token
	Client   userpool.ClientID
	Created  time.Time
	Activity Activity
	Origin   SessionID // of a refresh token that came of a browser session: that session; "": none
	Current  bool      // it is the one of the grant that asks

	grant GrantID
}

// UserSessions returns the live sessions of a user, the last used one first.
// current is the grant that asks; "": none. ErrSessionsOff.
func (e *Engine) UserSessions(ctx context.Context, p *userpool.Pool, sub user.Sub, current GrantID) ([]UserSession, error) {
	if p.SessionsPerUser() == 0 {
		return nil, ErrSessionsOff
	}
	now := e.now()
	grants, err := e.store.TrackedGrants(ctx, p.ID, sub, now)
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	browsers, err := e.store.TrackedBrowserSessions(ctx, p.ID, sub, now)
	if err != nil {
		return nil, fmt.Errorf("list browser sessions: %w", err)
	}
	var list []UserSession
	for _, g := range grants {
		list = append(list, UserSession{ID: g.SessionID(), Client: g.Client, Created: g.Created, Activity: g.Activity, Origin: g.Parent, Current: g.ID == current, grant: g.ID})
	}
	for _, b := range browsers {
		list = append(list, UserSession{ID: b.ID, SSO: true, Client: b.Client, Created: b.Created, Activity: b.Activity})
	}
	slices.SortFunc(list, func(a, b UserSession) int {
		return cmp.Or(b.Activity.At.Compare(a.Activity.At), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// EndUserSession ends one session of a user, with all its tokens. If linked, it
// also ends the session's relatives: the browser session of which the refresh token
// came, or the refresh tokens that came of the browser session. current is the
// grant that asks, whose session it does not end; "": none.
// Errors: ErrSessionsOff, ErrUserSessionUnknown, ErrOwnSession.
// Cognito: RevokeUserSession.
func (e *Engine) EndUserSession(ctx context.Context, p *userpool.Pool, sub user.Sub, id SessionID, linked bool, current GrantID) error {
	list, err := e.UserSessions(ctx, p, sub, current)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(s UserSession) bool { return s.ID == id })
	switch {
	case i < 0:
		return ErrUserSessionUnknown
	case list[i].Current:
		return ErrOwnSession
	}
	ending := Ending{Pool: p.ID, Sub: sub, Grant: list[i].grant}
	switch {
	case list[i].SSO:
		ending.Browser, ending.Children = id, linked
	case linked:
		ending.Browser = list[i].Origin
	}
	if err := e.store.EndTracked(ctx, ending, e.now()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

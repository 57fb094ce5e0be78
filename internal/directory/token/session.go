package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ErrSessionUnknown means that there is no such browser session, or that it has
// ended.
var ErrSessionUnknown = fault.New(fault.NotFound, "browser_session_unknown", "There is no such session.")

// BrowserSession records that a user has signed in to a pool with a browser. It
// signs the user in to every app client of the pool.
type BrowserSession struct {
	Hash     []byte // seal.Hash of the handle in the cookie
	Pool     userpool.PoolID
	Sub      user.Sub
	Provider string            // where the user signed in: userpool.ProviderCognito, or an identity provider
	ID       SessionID         // "": it is not tracked
	Client   userpool.ClientID // to which the user signed in; "": it is not tracked
	Activity Activity          // see [UserSession]
	Proof    Proof
	AuthTime time.Time
	Created  time.Time
	Expires  time.Time
}

// SignedIn is a user who has signed in, and when.
type SignedIn struct {
	User     *user.User
	AuthTime time.Time
	Provider string    // userpool.ProviderCognito, or an identity provider
	Expires  time.Time // of the browser session; zero: there is no session
	Session  SessionID // the browser session; "": none, or it is not tracked
	Proof    Proof
}

// Overtaken reports whether the user has another password since the sign-in: what
// was proved before counts no more.
func (w SignedIn) Overtaken() bool { return w.User.SetPasswordAfter(w.AuthTime) }

// BrowserSignIn is a sign-in that was completed in a browser.
type BrowserSignIn struct {
	Pool     *userpool.Pool
	Client   *userpool.Client
	User     *user.User
	Provider string // where the user signed in
	Proof    Proof
	From     Visitor
}

// StartSession starts a browser session for a user who has just signed in. The
// handle is for the cookie. ErrOvertaken.
func (e *Engine) StartSession(ctx context.Context, in BrowserSignIn) (handle seal.Secret, who SignedIn, err error) {
	now := e.now()
	handle = seal.Secret(ids.Token())
	s := &BrowserSession{
		Hash: seal.Hash(handle.Reveal()), Pool: in.Pool.ID, Sub: in.User.Sub, Provider: in.Provider,
		Proof: in.Proof, AuthTime: now, Created: now, Expires: now.Add(in.Pool.BrowserSessionLife()),
	}
	if s.Activity = activity(in.Pool, in.From, now); s.Activity.Tracked() {
		s.ID, s.Client = newSSOSessionID(), in.Client.ID
	}
	if err := e.store.CreateBrowserSession(ctx, s, notOvertaken(in.User)); err != nil {
		return "", SignedIn{}, fmt.Errorf("save browser session: %w", err)
	}
	return handle, s.signedIn(in.User), nil
}

func (s *BrowserSession) signedIn(u *user.User) SignedIn {
	return SignedIn{User: u, AuthTime: s.AuthTime, Provider: s.Provider, Expires: s.Expires, Session: s.ID, Proof: s.Proof}
}

// Session returns the user of the browser's session in the pool. If the session has
// ended, or the user may not sign in now as they are, it returns ErrSessionUnknown.
//
// A browser with several handles has planted ones among them: those that open no
// session are passed over, and if two of them open sessions of different users,
// nobody is signed in. Of several sessions of one user, the newest counts.
func (e *Engine) Session(ctx context.Context, pool *userpool.Pool, handles ...seal.Secret) (*SignedIn, error) {
	sessions, err := e.store.BrowserSessions(ctx, hashesOf(handles))
	if err != nil {
		return nil, fmt.Errorf("load browser sessions: %w", err)
	}
	var who *SignedIn
	for _, s := range sessions {
		other, err := e.session(ctx, pool, s)
		switch {
		case errors.Is(err, ErrSessionUnknown):
			continue
		case err != nil:
			return nil, err
		case who != nil && who.User.Sub != other.User.Sub:
			return nil, ErrSessionUnknown.Because(errTwoUsers)
		}
		who = other
	}
	if who == nil {
		return nil, ErrSessionUnknown
	}
	return who, nil
}

func hashesOf(handles []seal.Secret) [][]byte {
	hashes := make([][]byte, len(handles))
	for i, handle := range handles {
		hashes[i] = seal.Hash(handle.Reveal())
	}
	return hashes
}

func (e *Engine) session(ctx context.Context, pool *userpool.Pool, s *BrowserSession) (*SignedIn, error) {
	if s.Pool != pool.ID || !e.now().Before(s.Expires) {
		return nil, ErrSessionUnknown
	}
	u, err := e.Users.User(ctx, pool.ID, s.Sub)
	if errors.Is(err, user.ErrUserNotFound) {
		return nil, ErrSessionUnknown.Because(errUserGone)
	}
	if err != nil {
		return nil, fmt.Errorf("load user: %w", err)
	}
	if !u.Enabled {
		return nil, ErrSessionUnknown.Because(errUserDisabled)
	}
	if u.Status != user.Confirmed && u.Status != user.External {
		return nil, ErrSessionUnknown.Because(errUserStatus)
	}
	return new(s.signedIn(u)), nil
}

// EndSession ends the browser's session: every session that a handle opens. An
// unknown handle is no error.
func (e *Engine) EndSession(ctx context.Context, handles ...seal.Secret) error {
	if err := e.store.DeleteBrowserSessions(ctx, hashesOf(handles)); err != nil {
		return fmt.Errorf("end browser sessions: %w", err)
	}
	return nil
}

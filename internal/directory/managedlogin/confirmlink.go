package managedlogin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// confirmPath is where the link in the message for a new account leads. Its query
// has the parameters below. Cognito: /confirmUser.
const (
	confirmPath     = "/confirmUser"
	paramClient     = "client_id"
	paramUsername   = "user_name"
	paramConfirming = "confirmation_code"
)

// ConfirmURL returns the address at which a user confirms its account with the
// code. base is the address of the pool's pages.
func ConfirmURL(base string, client userpool.ClientID, username string, code seal.Secret) string {
	q := url.Values{paramClient: {string(client)}, paramUsername: {username}, paramConfirming: {code.Reveal()}}
	return base + confirmPath + "?" + q.Encode()
}

// Clients finds app clients; package userpool's engine does.
type Clients interface {
	ClientOf(ctx context.Context, pool userpool.PoolID, id userpool.ClientID) (*userpool.Client, error)
}

// ConfirmLink is the page to which the link in the message for a new account
// leads. The button confirms, not the link itself: programs that look for harmful
// links open all of a message, and would confirm an account that somebody else
// made with the address.
type ConfirmLink struct {
	Frame
	Problem string // why the link does not work; empty: it may
}

// Doc returns the page.
func (p ConfirmLink) Doc() page.Doc {
	d := p.doc("Confirm your account", problem(p.Problem))
	d.Leaves = false
	if p.Problem != "" {
		d.Lead = "Ask for another message where you signed up."
		return d
	}
	d.Lead = "If you did not sign up, close this page."
	d.Body = append(d.Body, p.form("", confirmPath, nil, page.Button{Label: "Confirm my account", Kind: page.Primary}))
	return d
}

// Confirmed is the page after the link's button.
type Confirmed struct {
	Frame
}

// Doc returns the page.
func (p Confirmed) Doc() page.Doc {
	d := p.doc("Your account is confirmed")
	d.Lead, d.Leaves = "You can close this page, and sign in to the application.", false
	return d
}

// confirmByLink answers the link and its button.
func (s *Server) confirmByLink(w http.ResponseWriter, r *http.Request) error {
	return s.byLink(w, r, ratelimit.UserCreation, func(v *visit) error {
		return v.show(ConfirmLink{Frame: v.frame, Problem: v.cut(paramClient, paramUsername, paramConfirming)})
	}, s.confirmLinked)
}

// cut says that a part of the link is missing, as where a shell or a chat took its end
// for something else. It returns "" if the link has each of the parameters.
func (v *visit) cut(params ...string) string {
	q := v.r.URL.Query()
	if slices.ContainsFunc(params, func(name string) bool { return q.Get(name) == "" }) {
		return "A part of this link is missing. Copy all of it, and open it again."
	}
	return ""
}

// byLink answers the link of a message with show, and the button of its page with act.
// Unlike the other pages it belongs to no authorization request: the message may be
// read in another browser.
func (s *Server) byLink(w http.ResponseWriter, r *http.Request, category string, show, act func(*visit) error) error {
	web.NoteEdge(r.Context(), "managedlogin")
	if r.Method == http.MethodHead {
		return errHead
	}
	pool, base, err := s.Resolve(r)
	if err != nil {
		return err
	}
	web.Note(r.Context(), slog.String("pool", string(pool.ID)))
	defer s.forms.Form(w, r)()
	stale := checkForm(r)
	if stale != nil && !errors.Is(stale, errStale) {
		return stale
	}
	v := &visit{w: w, r: r, pool: pool, frame: Frame{Brand: pool.Name, Base: pathOf(base), Query: r.URL.RawQuery, CSRF: browserToken(w, r)}}
	if stale != nil {
		v.markStale(stale)
	}
	if r.Method != http.MethodPost || v.stale {
		return show(v)
	}
	if err := s.limited(category); err != nil {
		return err
	}
	return act(v)
}

// confirmLinked confirms the account that the link names.
func (s *Server) confirmLinked(v *visit) error {
	ctx, q := v.r.Context(), v.r.URL.Query()
	c, err := s.Clients.ClientOf(ctx, v.pool.ID, userpool.ClientID(q.Get(paramClient)))
	if err != nil {
		return err
	}
	web.Note(ctx, slog.String("client", string(c.ID)))
	err = s.Accounts.ConfirmSignUp(ctx, v.pool, c, account.Confirmation{Username: q.Get(paramUsername), Code: seal.Secret(q.Get(paramConfirming))})
	switch {
	case errors.Is(err, account.ErrStatus): // the button was pressed twice, or an administrator confirmed
		v.note(err)
		return v.show(Confirmed{Frame: v.frame})
	case err != nil:
		return v.again(err, func(text string) error {
			if !errors.Is(err, credential.ErrAttemptLimit) && !errors.Is(err, user.ErrAliasExists) {
				text = "This link does not work any more."
			}
			return v.show(ConfirmLink{Frame: v.frame, Problem: text})
		})
	}
	web.Note(ctx, slog.String("outcome", "confirmed"))
	return v.show(Confirmed{Frame: v.frame})
}

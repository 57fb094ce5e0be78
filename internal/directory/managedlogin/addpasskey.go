package managedlogin

import (
	"errors"
	"log/slog"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
)

// addPasskeyPath is the page at which people add passkeys. Applications send them
// there with client_id and redirect_uri. Cognito: /passkeys/add.
const addPasskeyPath = "/passkeys/add"

// The results that the application gets when the person comes back. Cognito: the
// first two were seen at it.
const (
	passkeyAdded     = "success"
	passkeyNoSession = "invalid_session"
	passkeySkipped   = "cancelled"
)

// freshSignIn is how long after signing up the offer of a passkey leads on to the
// application.
const freshSignIn = 10 * time.Minute

var errPasskeysElsewhere = fault.New(fault.Unsupported, "passkeys_elsewhere", "Passkeys of the user pool do not work at this address.")

// showAddPasskey offers to add a passkey to whoever is signed in with this browser.
func (s *Server) showAddPasskey(v *visit) error {
	who, err := s.sessionOwner(v)
	if err != nil {
		return err
	}
	if who == nil {
		return v.leaveUnseen()
	}
	return s.offerPasskey(v, who.User, v.r.PostForm.Has(fieldContinue), "")
}

// sessionOwner returns the user of the browser's session; nil if there is none that
// the client accepts.
func (s *Server) sessionOwner(v *visit) (*token.SignedIn, error) {
	who, err := s.Tokens.Session(v.r.Context(), v.pool, site.SessionHandles(v.r)...)
	switch {
	case errors.Is(err, token.ErrSessionUnknown), err == nil && !s.Tokens.Accepts(v.req, *who):
		return nil, nil
	}
	return who, err
}

// offerPasskey shows the page with the options for a new passkey.
func (s *Server) offerPasskey(v *visit, u *user.User, signedUp bool, text string) error {
	here, err := s.passkeysHere(v)
	if err != nil {
		return err
	}
	if !here {
		return errPasskeysElsewhere
	}
	p := AddPasskey{Frame: v.frame, User: u.DisplayName(v.pool), SignedUp: signedUp, Problem: text}
	options, err := s.SignIn.StartPasskey(v.r.Context(), v.pool, v.req.Client, u)
	if err != nil {
		return v.again(err, func(text string) error {
			p.Problem = text
			return v.show(p)
		})
	}
	p.Options = string(options)
	return v.show(p)
}

// addPasskey handles the form with a new passkey, and the button "Not now".
func (s *Server) addPasskey(v *visit) error {
	who, err := s.sessionOwner(v)
	switch {
	case err != nil:
		return err
	case who == nil:
		return v.leaveUnseen()
	case v.r.PostForm.Has(fieldSkip):
		return s.leaveWith(v, who, passkeySkipped)
	}
	credential := v.text(fieldCredential)
	if credential == "" {
		return s.offerPasskey(v, who.User, v.r.PostForm.Has(fieldContinue), v.passkeyFailure())
	}
	if err := s.SignIn.AddPasskey(v.r.Context(), v.pool, v.req.Client, who.User, []byte(credential)); err != nil {
		return v.again(err, func(text string) error {
			return s.offerPasskey(v, who.User, v.r.PostForm.Has(fieldContinue), text)
		})
	}
	web.Note(v.r.Context(), slog.String("outcome", "passkey_added"))
	return s.leaveWith(v, who, passkeyAdded)
}

// leaveWith leads on: after signing up to the application with a code, otherwise
// back to it with the result.
func (s *Server) leaveWith(v *visit, who *token.SignedIn, result string) error {
	if v.r.PostForm.Has(fieldContinue) && v.req.ResponseType != "" && s.Now().Sub(who.AuthTime) < freshSignIn {
		return s.answerSilently(v, who)
	}
	return v.leave(result)
}

// leaveUnseen goes back with nobody signed in, and so without a page that the person
// has seen.
func (v *visit) leaveUnseen() error {
	if v.req.Client.Unvouched() {
		return token.ErrUnvouched
	}
	return v.leave(passkeyNoSession)
}

func (v *visit) leave(result string) error {
	web.Note(v.r.Context(), slog.String("result", result))
	site.Redirect(v.w, v.req.Return(result))
	return nil
}

// offersPasskey reports whether a user who has signed up just now is offered to add
// a passkey: with one, the user could begin a sign-in here.
func (s *Server) offersPasskey(v *visit, u *user.User) (bool, error) {
	if !v.signedUp || !v.byChoice() || len(u.Security.Passkeys) > 0 || !signin.TakesPasskey(v.pool, u) {
		return false, nil
	}
	return s.passkeysHere(v)
}

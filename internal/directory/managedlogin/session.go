package managedlogin

import (
	"errors"

	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// signedIn returns the user of the browser's session if the request lets that
// user go on from it, else nil. lacks says that the user must prove more before: a
// level of assurance, or the second factor that the pool demands.
// prompt=select_account lets them go on: the person is asked which account to use,
// not for a password again. OpenID Connect Core §3.1.2.1.
func (s *Server) signedIn(v *visit) (who *token.SignedIn, lacks bool, err error) {
	if v.req.Prompt("login") || v.wantsOtherProvider() {
		return nil, false, nil
	}
	who, err = s.Tokens.Session(v.r.Context(), v.pool, site.SessionHandles(v.r)...)
	switch {
	case errors.Is(err, token.ErrSessionUnknown):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case s.Tokens.Accepts(v.req, *who):
		return who, false, nil
	case s.Tokens.Continues(v.req, *who) && s.SignIn.CanStepUp(v.pool, v.req.Client, *who, v.req.ACRValues...):
		return who, true, nil
	}
	return nil, false, nil
}

// stepUp asks the user of the browser's session for what lacks.
func (s *Server) stepUp(v *visit, who *token.SignedIn) error {
	v.resumes = who.User.DisplayName(v.pool)
	out, err := s.SignIn.StepUp(v.r.Context(), v.pool, v.req.Client, *who, v.from(), v.req.ACRValues...)
	if errors.Is(err, signin.ErrStepUp) { // the user has changed since the session was looked at
		return s.startOver(v, "You are no longer signed in. Please sign in again.")
	}
	if err != nil {
		return v.again(err, func(text string) error { return s.startOver(v, text) })
	}
	return s.next(v, out)
}

// stillSignedIn reports whether the session from which a sign-in went on is still
// that of the browser.
func (s *Server) stillSignedIn(v *visit, out *signin.Outcome) (bool, error) {
	who, err := s.Tokens.Session(v.r.Context(), v.pool, site.SessionHandles(v.r)...)
	if errors.Is(err, token.ErrSessionUnknown) {
		return false, nil
	}
	return err == nil && who.User.Sub == out.User.Sub, err
}

// finish ends a sign-in: it starts a browser session in place of the one that the
// browser may have, and goes back to the application.
func (s *Server) finish(v *visit, out *signin.Outcome) error {
	ctx, u := v.r.Context(), out.User
	if out.Resumed {
		if still, err := s.stillSignedIn(v, out); err != nil {
			return err
		} else if !still {
			return s.startOver(v, "You are no longer signed in. Please sign in again.")
		}
	}
	if err := s.Tokens.EndSession(ctx, site.SessionHandles(v.r)...); err != nil {
		return err
	}
	h, who, err := s.Tokens.StartSession(ctx, token.BrowserSignIn{
		Pool: v.pool, Client: v.req.Client, User: u, Provider: userpool.ProviderCognito, Proof: out.Proof, From: site.VisitorOf(v.r),
	})
	if err != nil {
		return v.req.Refuse(err)
	}
	if offers, err := s.offersPasskey(v, u); err != nil {
		return err
	} else if offers {
		site.SetSession(v.w, v.r, h, who.Expires.Sub(s.Now()))
		return s.offerPasskey(v, u, true, "")
	}
	if p, err := s.recoveryAfterSignIn(v, out); err != nil {
		return err
	} else if p != nil {
		site.SetSession(v.w, v.r, h, who.Expires.Sub(s.Now()))
		return v.show(p)
	}
	to, err := s.Tokens.Authorize(ctx, v.req, who)
	if err != nil {
		return err
	}
	site.SetSession(v.w, v.r, h, who.Expires.Sub(s.Now()))
	site.Redirect(v.w, to)
	return nil
}

package managedlogin

import (
	"errors"

	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// signedIn returns the user of the browser's session if the request lets that
// user go on without a password, else nil. prompt=select_account does: the
// person is asked which account to use, not for a password again.
// OpenID Connect Core §3.1.2.1.
func (s *Server) signedIn(v *visit) (*token.SignedIn, error) {
	if v.req.Prompt("login") || v.wantsOtherProvider() {
		return nil, nil
	}
	who, err := s.Tokens.Session(v.r.Context(), v.pool, site.SessionHandles(v.r)...)
	if errors.Is(err, token.ErrSessionUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !s.Tokens.Accepts(v.req, *who) {
		return nil, nil
	}
	return who, nil
}

// finish ends a sign-in: it starts a browser session in place of the one that the
// browser may have, and goes back to the application.
func (s *Server) finish(v *visit, out *signin.Outcome) error {
	ctx, u := v.r.Context(), out.User
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
	to, err := s.Tokens.Authorize(ctx, v.req, who)
	if err != nil {
		return err
	}
	site.SetSession(v.w, v.r, h, who.Expires.Sub(s.Now()))
	site.Redirect(v.w, to)
	return nil
}

package oauth

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
)

// authorize shows no page. It sends the browser back to the client, with a code
// if the browser's session suffices, or on to the sign-in page with the same
// parameters.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request, c call) error {
	web.NoStore(w.Header())
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return token.ErrRequestMalformed
	}
	req, err := s.Tokens.CheckAuthorization(r.Context(), c.pool, q)
	if err != nil {
		return err
	}
	web.Note(r.Context(), slog.String("client", string(req.Client.ID)))
	who, err := s.Tokens.Session(r.Context(), c.pool, site.SessionHandles(r)...)
	switch {
	case err == nil && s.Tokens.Suffices(req, *who):
		target, err := s.Tokens.Authorize(r.Context(), req, *who)
		if err != nil {
			return err
		}
		site.Redirect(w, target)
		return nil
	case err != nil && !errors.Is(err, token.ErrSessionUnknown):
		return err
	case req.Prompt("none"):
		return req.Deny(token.ErrLoginRequired)
	}
	site.Redirect(w, c.path("/login")+"?"+r.URL.RawQuery)
	return nil
}

// path returns the path of a page of the same pool at the same address.
func (c call) path(page string) string {
	u, err := url.Parse(c.base)
	if err != nil {
		return page
	}
	return u.Path + page
}

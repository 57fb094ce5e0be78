package oauth

import (
	"net/http"
	"net/url"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
)

// logout ends the browser's session before it looks at the parameters: a person
// who wants to be signed out is signed out, and then sees what was wrong with
// the parameters. Tokens stay valid.
// Cognito: "The managed login sign-out endpoint".
func (s *Server) logout(w http.ResponseWriter, r *http.Request, c call) error {
	web.NoStore(w.Header())
	if err := s.Tokens.EndSession(r.Context(), site.SessionHandles(r)...); err != nil {
		return err
	}
	site.ClearSession(w, r)
	// No page of ours is in the browser's cache. The application at the sign-out
	// URL may share our host, and knows the person as we did.
	w.Header().Set("Clear-Site-Data", `"cache"`)
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return token.ErrRequestMalformed
	}
	next, err := s.Tokens.CheckLogout(r.Context(), c.pool, q)
	switch {
	case err != nil:
		return err
	case next.URL != "":
		site.Redirect(w, next.URL)
	default:
		site.Redirect(w, c.path("/login")+"?"+next.SignIn.Encode())
	}
	return nil
}

package managedlogin

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/token"
	"gatehouse/internal/userpool"
	"gatehouse/internal/web"
)

// Errors of signing out.
var (
	errLogoutTarget = fault.New(fault.Invalid, "logout_target", "The logout_uri is not one of the app client's sign-out URLs.")
	errLogoutType   = fault.New(fault.Invalid, "logout_response_type", "Required String parameter 'response_type' is not present")
)

// logout signs this browser out of the pool, whatever else is wrong with the
// request, and sends it on: to logout_uri, or with redirect_uri to the sign-in
// page. Tokens stay. Cognito: "Logout endpoint".
func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	web.NoteEdge(ctx, "managedlogin")
	pool, base, err := s.Pool(r)
	if err != nil {
		return err
	}
	web.Note(ctx, slog.String("pool", string(pool.ID)))
	if h := handle(r, base); h != "" {
		if err := s.Tokens.EndSession(ctx, h); err != nil {
			return err
		}
		web.ClearCookie(w, r, SessionCookie(r, base))
	}
	to, err := s.afterLogout(r, pool, base)
	if err != nil {
		return err
	}
	redirect(w, to)
	return nil
}

// afterLogout is where the browser goes: an address that the client has
// registered, compared as it is, or our own sign-in page.
func (s *Server) afterLogout(r *http.Request, pool *userpool.Pool, base string) (string, error) {
	q := r.URL.Query()
	client, err := s.logoutClient(r, pool, q)
	if err != nil {
		return "", err
	}
	if target := q.Get("logout_uri"); target != "" {
		if !slices.Contains(client.Settings.LogoutURLs, target) {
			return "", errLogoutTarget
		}
		return target, nil
	}
	callback := q.Get("redirect_uri")
	switch {
	case callback == "":
		return "", token.ErrRedirectMissing
	case !slices.Contains(client.Settings.CallbackURLs, callback):
		return "", token.ErrRedirectMismatch
	case q.Get("response_type") == "":
		return "", errLogoutType
	}
	if q.Get("scope") == "" {
		q.Set("scope", strings.Join(client.Settings.Scopes, " "))
	}
	return base + "/login?" + q.Encode(), nil
}

func (s *Server) logoutClient(r *http.Request, pool *userpool.Pool, q url.Values) (*userpool.Client, error) {
	id := q.Get("client_id")
	if id == "" {
		return nil, token.ErrClientIDMissing
	}
	client, err := s.Clients.ClientOf(r.Context(), pool.ID, userpool.ClientID(id))
	if errors.Is(err, userpool.ErrClientNotFound) {
		return nil, token.ErrClientUnusable
	}
	return client, err
}

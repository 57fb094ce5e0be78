package accessapi

import (
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"gatehouse/internal/base/web"
)

var accountID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// resources is the table of the management API: one line for each kind of
// object. CONTRIBUTING.md says how to add one.
func (a *API) resources() []mounter {
	return []mounter{
		a.identityProviders(),
	}
}

// clientMux has all paths of the management API.
func (a *API) clientMux() http.Handler {
	mux := http.NewServeMux()
	for _, rs := range a.resources() {
		rs.mount(a, mux)
	}
	a.handleAPI(mux, "GET "+pathClient+"user/tokens/verify", a.verifyToken)
	a.handleAPI(mux, pathClient, a.unroutable)
	return mux
}

// unroutable answers unknown paths and methods. Cloudflare: the same text.
func (a *API) unroutable(_ http.ResponseWriter, r *http.Request) error {
	return ErrRoute.Saying("Could not route to %s %s, perhaps your object identifier is invalid?", r.Method, clipTo(r.URL.Path, 300))
}

// handleAPI adds a route. It checks the API token and the account before it
// calls h.
func (a *API) handleAPI(mux *http.ServeMux, pattern string, h web.Handler) {
	mux.Handle(pattern, web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if err := a.authenticate(r); err != nil {
			return err
		}
		if err := a.account(r); err != nil {
			return err
		}
		return h(w, r)
	}, a.renderAPI))
}

// authenticate requires an API token as a bearer token (RFC 6750 §2.1).
func (a *API) authenticate(r *http.Request) error {
	values := r.Header["Authorization"]
	if len(values) != 1 {
		return ErrAuthenticated
	}
	scheme, bearer, _ := strings.Cut(values[0], " ")
	if bearer = strings.TrimSpace(bearer); !strings.EqualFold(scheme, "Bearer") || bearer == "" {
		return ErrAuthenticated
	}
	if a.cfg.AnyToken {
		return nil
	}
	if a.cfg.CheckToken == nil {
		return ErrAuthenticated
	}
	key, err := a.cfg.CheckToken(r.Context(), bearer)
	if err != nil {
		return err
	}
	web.Note(r.Context(), slog.String("api_token", key.ID))
	return nil
}

// account requires that the account in the path, if the path has one, is ours.
func (a *API) account(r *http.Request) error {
	id := r.PathValue("account")
	switch {
	case id == "" || id == a.cfg.AccountID:
		return nil
	case !accountID.MatchString(id):
		return ErrRoute.Saying("Could not route to %s, perhaps your object identifier is invalid?", clipTo(r.URL.Path, 300))
	}
	return ErrAccount
}

// verifyToken tells a caller that its token works. Command line tools and
// Terraform ask this first.
func (a *API) verifyToken(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, http.StatusOK, map[string]string{"status": "active"}, nil)
}

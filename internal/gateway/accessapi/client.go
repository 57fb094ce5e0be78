package accessapi

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"gatehouse/internal/base/audit"
	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/web"
)

var accountID = pattern.New(`^[0-9a-f]{32}$`)

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
		key, err := a.authenticate(r)
		if err != nil {
			return err
		}
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			return a.inAccount(w, r, h)
		}
		return a.change(w, r, key, h)
	}, a.renderAPI))
}

// change answers a request that changes something, and writes it to the audit trail. key
// is the id of its API token.
func (a *API) change(w http.ResponseWriter, r *http.Request, key string, h web.Handler) (err error) {
	told := &changed{id: r.PathValue("id")}
	defer func() {
		audit.Write(r.Context(), a.cfg.Audit, audit.Change{
			Actor: audit.APIToken, ActorID: key, Action: r.Method + " " + kindOf(r.URL.Path), Target: clip(told.id),
			RequestID: web.RequestID(r.Context()), Err: err,
		})
	}()
	err = audit.ErrPanicked // unless h returns
	err = a.inAccount(w, r.WithContext(context.WithValue(r.Context(), changedKey{}, told)), h)
	return err
}

// inAccount answers a request whose account is ours.
func (a *API) inAccount(w http.ResponseWriter, r *http.Request, h web.Handler) error {
	if err := a.account(r); err != nil {
		return err
	}
	return h(w, r)
}

// changed is what a request changes, for the audit trail. A new object has its id after
// the handler.
type changed struct{ id string }

type changedKey struct{}

// kindOf returns which kind of object a path is about, for the audit trail.
func kindOf(path string) string {
	_, kind, ok := strings.Cut(path, "/access/")
	if !ok {
		return clip(path)
	}
	kind, _, _ = strings.Cut(kind, "/")
	return clip(kind)
}

// authenticate requires an API token as a bearer token (RFC 6750 §2.1). It returns the
// id of the token.
func (a *API) authenticate(r *http.Request) (id string, err error) {
	values := r.Header["Authorization"]
	if len(values) != 1 {
		return "", ErrAuthenticated
	}
	scheme, bearer, _ := strings.Cut(values[0], " ")
	if bearer = strings.TrimSpace(bearer); !strings.EqualFold(scheme, "Bearer") || bearer == "" {
		return "", ErrAuthenticated
	}
	if a.cfg.AnyToken {
		return "any", nil
	}
	if a.cfg.CheckToken == nil {
		return "", ErrAuthenticated
	}
	key, err := a.cfg.CheckToken(r.Context(), bearer)
	if err != nil {
		return "", err
	}
	web.Note(r.Context(), slog.String("api_token", key.ID))
	return key.ID, nil
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

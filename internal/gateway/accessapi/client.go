package accessapi

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
)

// maxBody is far more than a provider needs.
const maxBody = 256 << 10

// The pages of a list.
const (
	defaultPerPage = 100
	maxPerPage     = 1000
)

var accountID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// clientMux is the management API: all its paths.
func (a *API) clientMux() http.Handler {
	const providers = pathClient + "accounts/{account}/access/identity_providers"
	mux := http.NewServeMux()
	a.handleAPI(mux, "POST "+providers, a.createProvider)
	a.handleAPI(mux, "GET "+providers, a.listProviders)
	a.handleAPI(mux, "GET "+providers+"/{id}", a.getProvider)
	a.handleAPI(mux, "PUT "+providers+"/{id}", a.putProvider)
	a.handleAPI(mux, "DELETE "+providers+"/{id}", a.deleteProvider)
	a.handleAPI(mux, "GET "+pathClient+"user/tokens/verify", a.verifyToken)
	a.handleAPI(mux, pathClient, func(_ http.ResponseWriter, r *http.Request) error {
		return ErrRoute.Saying("Could not route to %s %s, perhaps your object identifier is invalid?", r.Method, clipTo(r.URL.Path, 300))
	})
	return mux
}

// handleAPI asks who calls, and for which account, before anything else.
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

// authenticate wants an API token as a bearer (RFC 6750 §2.1).
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

// account holds the account of the path, if there is one, to be ours.
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

func (a *API) createProvider(w http.ResponseWriter, r *http.Request) error {
	g, err := a.read(w, r, "", false)
	if err != nil {
		return err
	}
	p, err := a.cfg.Engine.Providers.Create(r.Context(), &access.IdentityProvider{Name: g.name, Config: g.config})
	if err != nil {
		return err
	}
	web.Note(r.Context(), slog.String("identity_provider", p.ID))
	return answer(w, http.StatusCreated, a.providerJSON(p), nil)
}

func (a *API) getProvider(w http.ResponseWriter, r *http.Request) error {
	p, err := a.cfg.Engine.Providers.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, a.providerJSON(p), nil)
}

func (a *API) putProvider(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	p, err := a.cfg.Engine.Providers.Get(r.Context(), id)
	if err != nil {
		return err
	}
	if p.Declared {
		return access.ErrProviderDeclared
	}
	g, err := a.read(w, r, id, true)
	if err != nil {
		return err
	}
	if p, err = a.cfg.Engine.Providers.Replace(r.Context(), id, &access.IdentityProvider{Name: g.name, Config: g.config}); err != nil {
		return err
	}
	return answer(w, http.StatusOK, a.providerJSON(p), nil)
}

func (a *API) deleteProvider(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := a.cfg.Engine.Providers.Delete(r.Context(), id); err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]string{"id": id}, nil)
}

// read reads a provider out of a request's body.
func (a *API) read(w http.ResponseWriter, r *http.Request, id string, hasSecret bool) (*given, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, ErrBodySize
	}
	if err != nil {
		return nil, ErrBody.Because(err)
	}
	return readProvider(body, id, a.team+pathCallback, hasSecret)
}

// listProviders returns one page of the list. A page past the end is empty, so
// that clients which ask until one is come to an end.
func (a *API) listProviders(w http.ResponseWriter, r *http.Request) error {
	page, err := number(r, "page", 1, 1<<31-1)
	if err != nil {
		return err
	}
	perPage, err := number(r, "per_page", defaultPerPage, maxPerPage)
	if err != nil {
		return err
	}
	all, err := a.cfg.Engine.Providers.List(r.Context())
	if err != nil {
		return err
	}
	switch r.URL.Query().Get("scim_enabled") {
	case "", "false":
	case "true":
		all = nil // provisioning is not offered, so none has it
	default:
		return ErrPaging.Saying("scim_enabled must be true or false")
	}
	from := min(int64(len(all)), int64(page-1)*int64(perPage))
	part := all[from:min(from+int64(perPage), int64(len(all)))]
	out := make([]providerJSON, len(part))
	for i, p := range part {
		out[i] = a.providerJSON(p)
	}
	return answer(w, http.StatusOK, out, &resultInfo{
		Page: page, PerPage: perPage, Count: len(out), TotalCount: len(all), TotalPages: (len(all) + perPage - 1) / perPage,
	})
}

func number(r *http.Request, name string, absent, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, ErrPaging.Saying("%s must be a number from 1 to %d", name, most)
	}
	return n, nil
}

// verifyToken tells a caller that its token works; command lines and Terraform
// ask before they begin.
func (a *API) verifyToken(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, http.StatusOK, map[string]string{"status": "active"}, nil)
}

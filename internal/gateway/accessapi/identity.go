package accessapi

import (
	"net/http"

	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
)

// identityJSON is the answer of get-identity. It has the keys of Cloudflare
// Access for which Gatehouse has a value.
type identityJSON struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Email      string         `json:"email"`
	AMR        []any          `json:"amr"`
	Groups     []string       `json:"groups"`
	IDP        idpJSON        `json:"idp"`
	IssuedAt   int64          `json:"iat"`
	UserUUID   string         `json:"user_uuid"`
	AccountID  string         `json:"account_id"`
	OIDCFields map[string]any `json:"oidc_fields"`
	Version    int            `json:"version"`
}

type idpJSON struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// appIdentity answers get-identity at an application's host. Scripts of the
// application call it, and its server, which sends the assertion as the cookie.
func (a *API) appIdentity(w http.ResponseWriter, r *http.Request) error {
	return a.getIdentity(w, r, a.audienceHere(r), access.TypeApp)
}

// teamIdentity answers get-identity at the team domain: servers with a token of
// any application, and browsers with the token of the team domain.
func (a *API) teamIdentity(w http.ResponseWriter, r *http.Request) error {
	return a.getIdentity(w, r, "", access.TypeApp, access.TypeOrg)
}

func (a *API) getIdentity(w http.ResponseWriter, r *http.Request, audience string, types ...string) error {
	sent := sentTokens(r)
	if len(sent) == 0 {
		return ErrNoToken
	}
	s, err := a.live(r, audience, types...)
	if s == nil && err == nil && !authenticate.ByBrowser(r) { // a browser's cookies may be those that another host set
		s, err = a.sentSession(r, sent, audience, types...)
	}
	if err != nil {
		return err
	}
	if s == nil {
		return ErrEnded
	}
	writeJSON(w, http.StatusOK, a.identityJSON(s))
	return nil
}

// maxSent is how many tokens of one request are tried.
const maxSent = 4

// sentSession returns the session that the tokens of an application's server
// name, which is bound to nothing. Tokens of different sessions mean none.
func (a *API) sentSession(r *http.Request, tokens []string, audience string, types ...string) (found *session.Session, err error) {
	for _, text := range tokens[:min(len(tokens), maxSent)] {
		s, err := a.sessionOf(r.Context(), text, audience, types...)
		if err != nil {
			return nil, err
		}
		if s != nil && found != nil && s.ID != found.ID {
			return nil, nil
		}
		if s != nil {
			found = s
		}
	}
	return found, nil
}

func (a *API) identityJSON(s *session.Session) identityJSON {
	amr, _ := s.Identity.Claims.Get("amr")
	out := identityJSON{
		ID: s.Identity.UserID, Name: s.Identity.Name, Email: s.Identity.Email, AMR: amr.List(), Groups: s.Identity.Groups,
		IDP: idpJSON{ID: s.Provider, Type: providerType}, IssuedAt: s.Issued.Unix(), UserUUID: s.Notes[noteUserUUID],
		AccountID: a.cfg.AccountID, OIDCFields: fieldsOf(s), Version: 2,
	}
	if out.Groups == nil {
		out.Groups = []string{}
	}
	if out.OIDCFields == nil {
		out.OIDCFields = map[string]any{}
	}
	return out
}

// certs publishes the keys that verifiers of application tokens need.
func (a *API) certs(w http.ResponseWriter, r *http.Request) error {
	certs, err := a.cfg.Engine.Keys.Certs(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	writeJSON(w, http.StatusOK, certs)
	return nil
}

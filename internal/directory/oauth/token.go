package oauth

import (
	"encoding/json"
	"net/http"
	"net/url"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

var errGrantType = fault.New(fault.Unsupported, "oauth_grant_type", "The grant type is not supported.")

// grant issues tokens for a request of a client that has authenticated.
type grant func(s *Server, r *http.Request, c call, client *userpool.Client, form url.Values) (*token.Tokens, error)

// grants are the grant types. RFC 6749 §4.1.3, §6, §4.4.2.
var grants = map[string]grant{
	"authorization_code": (*Server).exchangeCode,
	"refresh_token":      (*Server).refresh,
	"client_credentials": (*Server).clientCredentials,
}

// tokenAnswer is the body of the token endpoint's answer. RFC 6749 §5.1.
type tokenAnswer struct {
	ID        string `json:"id_token,omitempty"`
	Access    string `json:"access_token"`
	Refresh   string `json:"refresh_token,omitempty"`
	ExpiresIn int    `json:"expires_in"`
	Type      string `json:"token_type"`
}

// token is the token endpoint. It authenticates the client before it looks at a
// code: some clients try their secret in the header and then in the body, and
// the first attempt must not use up the code.
func (s *Server) token(w http.ResponseWriter, r *http.Request, c call) error {
	noteRequest(w, r)
	form, err := readForm(r)
	if err != nil {
		return err
	}
	if form.Get("grant_type") == "" {
		return errParameter
	}
	issue, ok := grants[form.Get("grant_type")]
	if !ok {
		return errGrantType
	}
	client, err := s.authenticate(r, c, form)
	if err != nil {
		return err
	}
	if err := s.limit(form.Get("grant_type")); err != nil {
		return err
	}
	t, err := issue(s, r, c, client, form)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, tokenAnswer{
		ID: t.ID.Reveal(), Access: t.Access.Reveal(), Refresh: t.Refresh.Reveal(),
		ExpiresIn: int(t.ExpiresIn.Seconds()), Type: "Bearer",
	})
}

// limited has the grants that have a rate limit, by category.
var limited = map[string]string{"refresh_token": ratelimit.UserAuthentication, "client_credentials": ratelimit.ClientAuthentication}

func (s *Server) limit(grant string) error {
	category := limited[grant]
	if s.Limit == nil || category == "" {
		return nil
	}
	return s.Limit(category)
}

// noteRequest sets the headers of an answer that may hold secrets.
func noteRequest(w http.ResponseWriter, r *http.Request) {
	web.NoStore(w.Header())
	if id := web.RequestID(r.Context()); id != "" {
		w.Header().Set("X-Amz-Cognito-Request-Id", id)
	}
}

func (s *Server) exchangeCode(r *http.Request, c call, client *userpool.Client, form url.Values) (*token.Tokens, error) {
	if form.Get("code") == "" || form.Get("redirect_uri") == "" {
		return nil, errParameter
	}
	return s.Tokens.ExchangeCode(r.Context(), c.pool, client, token.Exchange{
		Code:        seal.Secret(form.Get("code")),
		RedirectURI: form.Get("redirect_uri"),
		Verifier:    seal.Secret(form.Get("code_verifier")),
		From:        site.VisitorOf(r),
	})
}

func (s *Server) refresh(r *http.Request, c call, client *userpool.Client, form url.Values) (*token.Tokens, error) {
	if form.Get("refresh_token") == "" {
		return nil, errParameter
	}
	return s.Tokens.RefreshOAuth(r.Context(), client, token.RefreshInput{Pool: c.pool, Token: seal.Secret(form.Get("refresh_token")), From: site.VisitorOf(r)})
}

func (s *Server) clientCredentials(r *http.Request, c call, client *userpool.Client, form url.Values) (*token.Tokens, error) {
	in := token.MachineRequest{Scope: form.Get("scope")}
	if text := form.Get("aws_client_metadata"); text != "" && json.Unmarshal([]byte(text), &in.Metadata) != nil {
		return nil, errParameter
	}
	return s.Tokens.ClientCredentials(r.Context(), c.pool, client, in)
}

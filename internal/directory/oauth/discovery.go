package oauth

import "net/http"

// document is the provider's metadata, OpenID Connect Discovery §3. It has the
// members of Cognito's document, among them registration_endpoint if applications may
// register themselves, code_challenge_methods_supported (RFC 8414 §2)
// and authorization_response_iss_parameter_supported (RFC 9207 §3).
type document struct {
	Authorization    string   `json:"authorization_endpoint"`
	ChallengeMethods []string `json:"code_challenge_methods_supported"`
	EndSession       string   `json:"end_session_endpoint"`
	Algorithms       []string `json:"id_token_signing_alg_values_supported"`
	Issuer           string   `json:"issuer"`
	IssuerInAnswers  bool     `json:"authorization_response_iss_parameter_supported"`
	JWKS             string   `json:"jwks_uri"`
	Registration     string   `json:"registration_endpoint,omitempty"`
	ResponseTypes    []string `json:"response_types_supported"`
	Revocation       string   `json:"revocation_endpoint"`
	Scopes           []string `json:"scopes_supported"`
	SubjectTypes     []string `json:"subject_types_supported"`
	Token            string   `json:"token_endpoint"`
	TokenAuth        []string `json:"token_endpoint_auth_methods_supported"`
	UserInfo         string   `json:"userinfo_endpoint"`
}

func (s *Server) discovery(w http.ResponseWriter, r *http.Request, c call) error {
	base, err := s.Endpoints(r.Context(), c.pool)
	if err != nil {
		return err
	}
	d := document{
		Authorization:    base + "/oauth2/authorize",
		ChallengeMethods: []string{"S256"},
		EndSession:       base + "/logout",
		Algorithms:       []string{"RS256"},
		Issuer:           s.Tokens.Issuer(c.pool),
		IssuerInAnswers:  true,
		JWKS:             s.Tokens.Home(c.pool) + "/.well-known/jwks.json",
		ResponseTypes:    []string{"code", "token"},
		Revocation:       base + "/oauth2/revoke",
		Scopes:           []string{"openid", "email", "phone", "profile"},
		SubjectTypes:     []string{"public"},
		Token:            base + "/oauth2/token",
		TokenAuth:        []string{"client_secret_basic", "client_secret_post"},
		UserInfo:         base + "/oauth2/userInfo",
	}
	if c.pool.RegistrationOn() {
		d.Registration = base + registerPath
		d.TokenAuth = append(d.TokenAuth, "none") // what an application may register
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	return writeJSON(w, http.StatusOK, d)
}

func (s *Server) jwks(w http.ResponseWriter, r *http.Request, c call) error {
	keys, err := s.Tokens.JWKS(r.Context(), c.pool)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("Content-Type", "application/json")
	w.Write(keys) // a client that went away can't be told
	return nil
}

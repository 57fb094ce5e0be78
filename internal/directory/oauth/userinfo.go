package oauth

import (
	"net/http"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/token"
)

var errBearer = fault.New(fault.Invalid, "oauth_bearer", "Bad OAuth2 request at UserInfo Endpoint")

// userInfo returns the attributes of the user of an access token, which must
// have the scope openid. OpenID Connect Core §5.3. Cognito offers GET only; POST,
// with the token in the header or in the form, is an addition.
func (s *Server) userInfo(w http.ResponseWriter, r *http.Request, c call) error {
	userInfoHeaders(w, r)
	bearer, err := bearerOf(r)
	if err != nil {
		return err
	}
	access, err := s.Tokens.VerifyAccess(r.Context(), bearer, "openid")
	if err != nil {
		return err
	}
	if access.Pool.ID != c.pool.ID {
		return token.ErrAccessInvalid
	}
	return writeJSON(w, http.StatusOK, access.UserInfo())
}

// bearerOf returns the access token, which is in the header or, with POST, in the
// form, and not in both. RFC 6750 §2.
func bearerOf(r *http.Request) (seal.Secret, error) {
	header := r.Header.Values("Authorization")
	if r.Method != http.MethodPost || !isForm(r) {
		bearer, ok := parseBearer(header)
		if !ok {
			return "", errBearer
		}
		return bearer, nil
	}
	form, err := readForm(r)
	if err != nil {
		return "", web.BodyError(err, errBearer)
	}
	inForm := seal.Secret(form.Get("access_token"))
	inHeader, ok := parseBearer(header)
	switch {
	case inForm != "" && len(header) == 0:
		return inForm, nil
	case inForm == "" && ok:
		return inHeader, nil
	}
	return "", errBearer
}

// parseBearer reads the header "Bearer <token>", which must be there once.
// RFC 6750 §2.1.
func parseBearer(header []string) (seal.Secret, bool) {
	if len(header) != 1 {
		return "", false
	}
	scheme, value, ok := strings.Cut(header[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || value == "" || strings.ContainsAny(value, " \t") {
		return "", false
	}
	return seal.Secret(value), true
}

// userInfoHeaders sets the headers that Cognito documents for this endpoint, except
// Strict-Transport-Security: web.StrictTransport sets it for all answers.
func userInfoHeaders(w http.ResponseWriter, r *http.Request) {
	noteRequest(w, r)
	h := w.Header()
	h.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	h.Set("Expires", "0")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-XSS-Protection", "1; mode=block")
	h.Set("X-Frame-Options", "DENY")
}

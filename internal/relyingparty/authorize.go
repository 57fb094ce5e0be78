package relyingparty

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
)

// authQuery returns the parameters of an authorization request: OpenID Connect
// Core §3.1.2.1, RFC 7636 §4.3.
func authQuery(clientID string, scopes []string, r AuthRequest) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {r.RedirectURI},
		"scope": {strings.Join(scopes, " ")}, "state": {r.State}, "nonce": {r.Nonce},
	}
	if r.Challenge != "" {
		q.Set("code_challenge", r.Challenge)
		q.Set("code_challenge_method", "S256")
	}
	if r.MaxAge > 0 {
		q.Set("max_age", strconv.Itoa(int(r.MaxAge.Seconds())))
	}
	return q
}

// protocolParam reports whether only this package may set a parameter. A
// configured parameter of that name would make the sign-in unsafe.
func protocolParam(name string) bool {
	switch name {
	case "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "request", "request_uri":
		return true
	}
	return false
}

// withQuery adds q to an endpoint, which may have a query of its own
// (RFC 6749 §3.1).
func withQuery(endpoint string, q url.Values) string {
	encoded := strings.ReplaceAll(q.Encode(), "+", "%20") // Apple takes no + for a space
	if strings.Contains(endpoint, "?") {
		return strings.TrimSuffix(endpoint, "&") + "&" + encoded
	}
	return endpoint + "?" + encoded
}

// settingsID returns a short id made of a provider's settings. The settings must
// not be secret.
func settingsID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}

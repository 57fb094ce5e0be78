package token

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// maxToken is the longest token that is looked at. A hundred groups with the
// longest names make about 18,000 characters.
const maxToken = 32 << 10

// signed is a token of which nothing is proved yet.
type signed struct {
	jws    *jose.JSONWebSignature
	kid    string
	claims tokenClaims // as the token says
}

// tokenClaims are the claims that we look at in a token of ours.
type tokenClaims struct {
	Issuer   string `json:"iss"`
	Use      string `json:"token_use"`
	Subject  string `json:"sub"`
	Audience any    `json:"aud"`
	ClientID string `json:"client_id"`
	Username string `json:"username"`
	Scope    string `json:"scope"`
	Expires  int64  `json:"exp"`
	Issued   int64  `json:"iat"`
	Origin   string `json:"origin_jti"`
}

// parseSigned reads a JWS in compact form, signed with RS256 alone, in its one
// spelling: base64 that decodes to the same bytes as another text is refused.
func parseSigned(raw string) (*signed, bool) {
	if len(raw) > maxToken || !strictCompact(raw) {
		return nil, false
	}
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(jws.Signatures) != 1 {
		return nil, false
	}
	s := &signed{jws: jws, kid: jws.Signatures[0].Protected.KeyID}
	if err := json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &s.claims); err != nil {
		return nil, false
	}
	return s, true
}

var strictBase64 = base64.RawURLEncoding.Strict()

// strictCompact reports whether raw is three parts of base64url, each without
// line breaks and with no loose bits at its end.
func strictCompact(raw string) bool {
	if strings.Count(raw, ".") != 2 || strings.ContainsAny(raw, "\r\n") {
		return false
	}
	for part := range strings.SplitSeq(raw, ".") {
		if _, err := strictBase64.DecodeString(part); err != nil || part == "" {
			return false
		}
	}
	return true
}

// verify proves that the token was signed with that key of the ring.
func (r *keyring) verify(s *signed) bool {
	key, ok := r.public[s.kid]
	if !ok {
		return false
	}
	_, err := s.jws.Verify(key.key)
	return err == nil
}

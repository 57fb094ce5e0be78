package token

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// maxToken is the greatest length of a token that is read. A token with a hundred
// groups with the longest names has about 18,000 characters.
const maxToken = 32 << 10

// signed is a token that is read but not verified.
type signed struct {
	jws    *jose.JSONWebSignature
	kid    string
	claims tokenClaims // not verified
}

// tokenClaims are the claims that the engine reads.
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
	Event    string `json:"event_id"`
}

// parseSigned reads a JWS in compact form that is signed with RS256. It refuses a
// text that has another text with the same meaning, such as loose base64.
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

// strictCompact reports whether raw has three parts of base64url, each without
// line breaks and without unused bits at its end.
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

// verify reports whether a key of the ring signed the token.
func (r *keyring) verify(s *signed) bool {
	key, ok := r.public[s.kid]
	if !ok {
		return false
	}
	_, err := s.jws.Verify(key.key)
	return err == nil
}

package proxy

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
)

// credentials are what programs get. Their form is a JWT, because Pomerium's clients
// read when it expires. The claim jti has the value of a session cookie, which the host
// opens: that alone is believed.
type credentials struct{ key []byte }

// credentialHeader is the first part of every credential.
var credentialHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

func newCredentials(cookieSecret []byte) (*credentials, error) {
	key, err := hkdf.Key(sha256.New, cookieSecret, nil, "gatehouse program credential", 32)
	return &credentials{key: key}, err
}

type credentialClaims struct {
	Audience string `json:"aud"`
	Sealed   string `json:"jti"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// wrap returns the credential of a program for a host.
func (c *credentials) wrap(sealed, host string, now, expires time.Time) seal.Secret {
	claims, _ := json.Marshal(credentialClaims{host, sealed, now.Unix(), expires.Unix()}) // texts and numbers: it can't fail
	text := credentialHeader + "." + base64.RawURLEncoding.EncodeToString(claims)
	return seal.Secret(text + "." + c.sign(text))
}

func (c *credentials) sign(text string) string {
	m := hmac.New(sha256.New, c.key)
	m.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// unwrap returns what wrap was given, or nil for what is no credential of ours. It does
// not look at the time: the session has an end of its own.
func (c *credentials) unwrap(text string) *credentialClaims {
	dot := strings.LastIndexByte(text, '.')
	if dot < 0 || !hmac.Equal([]byte(c.sign(text[:dot])), []byte(text[dot+1:])) {
		return nil
	}
	_, payload, _ := strings.Cut(text[:dot], ".")
	plain, err := base64.RawURLEncoding.DecodeString(payload)
	var claims credentialClaims
	if err != nil || json.Unmarshal(plain, &claims) != nil {
		return nil
	}
	return &claims
}

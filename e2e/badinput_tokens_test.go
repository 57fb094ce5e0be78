package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/testing/forge"
)

// forgedTokens sends forged, revoked and expired access tokens.
func forgedTokens(t *testing.T, w *attacked) {
	tokens := w.tokens(t, w.sdk, "alice", alicePassword)
	access := aws.ToString(tokens.AccessToken)
	header, claims := parts(t, access)
	keys := decode[jose.JSONWebKeySet](t, get(t, w.issuer(staffPool)+"/.well-known/jwks.json").body)
	public := keys.Key(header["kid"].(string))[0].Key.(*rsa.PublicKey)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change map[string]any) map[string]any {
		c := maps.Clone(claims)
		maps.Copy(c, change)
		return c
	}
	body, signature := access[:strings.LastIndexByte(access, '.')], access[strings.LastIndexByte(access, '.'):]
	kid := header["kid"].(string)
	bob := changed(map[string]any{"username": "bob", "sub": subOf(t, w, "bob")})
	revoked := w.revoked(t)
	other := w.tokensOf(t, w.sdk, otherApp, "alice", alicePassword)
	for name, token := range map[string]string{
		"empty":                            "",
		"no token":                         "alice",
		"truncated":                        access[:len(access)-10],
		"without signature":                body + ".",
		"without the last part":            body,
		"a letter of the signature":        forge.Signature(access),
		"another user, old signature":      encodeToken(t, header, bob) + signature,
		"alg none":                         encodeToken(t, map[string]any{"alg": "none", "kid": kid}, claims) + ".",
		"alg None, another user":           encodeToken(t, map[string]any{"alg": "None"}, bob) + ".",
		"alg none, old signature":          encodeToken(t, map[string]any{"alg": "none", "kid": kid}, claims) + signature,
		"HS256 with the public key":        sign(t, jose.HS256, publicPEM, kid, claims),
		"HS256 with the modulus":           sign(t, jose.HS256, public.N.Bytes(), kid, bob),
		"HS256 with nothing as key":        sign(t, jose.HS256, make([]byte, 32), kid, claims),
		"another key under our id":         sign(t, jose.RS256, own, kid, claims),
		"another key that it brings along": signEmbedding(t, own, bob),
		"a key of another kind":            sign(t, jose.ES256, elliptic, kid, claims),
		"expired, signed by nobody":        sign(t, jose.RS256, own, kid, changed(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})),
		"unknown key":                      sign(t, jose.RS256, own, "unknown", claims),
		"ID token in its place":            aws.ToString(tokens.IdToken),
		"ID token of another pool":         aws.ToString(other.IdToken),
		"refresh token in its place":       aws.ToString(tokens.RefreshToken),
		"another pool's issuer, our key":   sign(t, jose.RS256, own, kid, changed(map[string]any{"iss": "https://evil.example.net/" + staffPool})),
		"revoked":                          revoked,
		"with a path as key":               sign(t, jose.HS256, make([]byte, 64), "../../../../dev/null", claims),
	} {
		t.Run(name, func(t *testing.T) {
			wantNotAuthorized(t, w, token)
			wantInvalidToken(t, w, token)
		})
	}
	// A token of another pool is valid only at that pool.
	wantInvalidToken(t, w, aws.ToString(other.AccessToken))
	if got := get(t, w.issuer(staffPool)+"/oauth2/userInfo", "Authorization: Bearer "+signedInToken(t, w)); got.status != http.StatusOK {
		t.Errorf("userInfo with a valid token: got %d %s, want 200", got.status, got.body)
	}
}

// wantNotAuthorized calls operations with an access token. Two of them write.
func wantNotAuthorized(t *testing.T, w *attacked, token string) {
	t.Helper()
	for operation, input := range map[string]map[string]any{
		"GetUser":        {"AccessToken": token},
		"GlobalSignOut":  {"AccessToken": token},
		"ChangePassword": {"AccessToken": token, "PreviousPassword": alicePassword, "ProposedPassword": "Mallory-2026!"},
	} {
		body, err := json.Marshal(input)
		if err != nil {
			t.Fatal(err)
		}
		got := w.call(t, operation, string(body))
		exception := decode[struct {
			Type string `json:"__type"`
		}](t, got.body).Type
		// A text without the form of a token does not match the model's pattern.
		if got.status != http.StatusBadRequest || exception != "NotAuthorizedException" && (token != "" && strings.Count(token, ".") > 1 || exception != "InvalidParameterException") {
			t.Errorf("%s: got %d %s, want 400 NotAuthorizedException", operation, got.status, got.body)
		}
	}
}

// wantInvalidToken sends a token to userInfo, which must refuse it. RFC 6750 §3.1.
func wantInvalidToken(t *testing.T, w *attacked, token string) {
	t.Helper()
	got := get(t, w.issuer(staffPool)+"/oauth2/userInfo", "Authorization: Bearer "+token)
	if token == "" && got.status == http.StatusBadRequest {
		return
	}
	if got.status != http.StatusUnauthorized || !strings.Contains(got.body, `"error":"invalid_token"`) || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer error=") {
		t.Errorf("userInfo: got %d %s, %q, want 401 invalid_token", got.status, got.body, got.header.Get("WWW-Authenticate"))
	}
}

// revoked returns an access token whose refresh token was revoked.
func (w *attacked) revoked(t *testing.T) string {
	t.Helper()
	tokens := w.tokens(t, w.sdk, "alice", alicePassword)
	got := send(t, http.MethodPost, w.issuer(staffPool)+"/oauth2/revoke", "token="+aws.ToString(tokens.RefreshToken)+"&client_id="+staffApp,
		"Content-Type: application/x-www-form-urlencoded")
	if got.status != http.StatusOK {
		t.Fatalf("revoke: got %d %s", got.status, got.body)
	}
	return aws.ToString(tokens.AccessToken)
}

// signedInToken signs in at the pages and returns an access token with the scope
// openid.
func signedInToken(t *testing.T, w *attacked) string {
	t.Helper()
	code := w.codeOf(t, "alice", alicePassword)
	got := w.exchange(t, exchangeForm(code, nil))
	return decode[struct {
		AccessToken string `json:"access_token"`
	}](t, got.body).AccessToken
}

func subOf(t *testing.T, w *attacked, username string) any {
	t.Helper()
	_, claims := parts(t, aws.ToString(w.tokens(t, w.sdk, username, map[string]string{"alice": alicePassword, "bob": bobPassword}[username]).AccessToken))
	return claims["sub"]
}

func parts(t *testing.T, token string) (header, claims map[string]any) {
	t.Helper()
	fields := strings.Split(token, ".")
	if len(fields) != 3 {
		t.Fatalf("not a token: %s", token)
	}
	for i, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(fields[i])
		if err != nil {
			t.Fatal(err)
		}
		*into = decode[map[string]any](t, string(text))
	}
	return header, claims
}

// encodeToken encodes the header and the claims of a token, without a signature.
func encodeToken(t *testing.T, header, claims map[string]any) string {
	t.Helper()
	var encoded []string
	for _, v := range []map[string]any{header, claims} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		encoded = append(encoded, base64.RawURLEncoding.EncodeToString(text))
	}
	return strings.Join(encoded, ".")
}

func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
	t.Helper()
	return signWith(t, jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil, claims)
}

// signEmbedding signs with a key and embeds the public key in the token's header.
func signEmbedding(t *testing.T, key *rsa.PrivateKey, claims map[string]any) string {
	t.Helper()
	return signWith(t, jose.SigningKey{Algorithm: jose.RS256, Key: key}, &jose.SignerOptions{EmbedJWK: true}, claims)
}

func signWith(t *testing.T, key jose.SigningKey, options *jose.SignerOptions, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(key, options)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

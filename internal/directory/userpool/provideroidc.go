package userpool

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"slices"
	"strings"
)

// checkOIDC checks the details of an OpenID provider. Cognito: "OIDC identity
// providers".
func checkOIDC(d Details, network ProviderNetwork) string {
	issuer := d.text("oidc_issuer")
	switch {
	case d.text("attributes_request_method") != "GET" && d.text("attributes_request_method") != "POST":
		return "attributes_request_method is GET or POST."
	case !slices.Contains(strings.Fields(d.text("authorize_scopes")), "openid"):
		return "authorize_scopes must contain openid."
	case strings.HasSuffix(issuer, "/"):
		return "oidc_issuer must not end with a slash."
	case !isEndpoint(issuer, network) || strings.Contains(issuer, "?"):
		return "oidc_issuer is not a URL that begins with https://."
	}
	for _, key := range oidcEndpoints {
		if value, given := d[key]; given && !isEndpoint(value.Reveal(), network) {
			return key + " is not a URL that begins with https://."
		}
	}
	return ""
}

// isEndpoint reports whether an address of a provider can be used.
func isEndpoint(address string, network ProviderNetwork) bool {
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != "" && u.User == nil && !strings.Contains(address, "#") && network.Allows(address)
}

// discover checks that what the details leave out can be found at the issuer.
// Cognito: observed. Nobody is asked if the details are complete.
func (e *Engine) discover(ctx context.Context, d Details) error {
	missing := slices.ContainsFunc(oidcEndpoints, func(key string) bool { return d.text(key) == "" })
	if !missing {
		return nil
	}
	found, err := e.network.Discover(ctx, d.text("oidc_issuer"))
	if err != nil {
		return ErrProviderUnreachable.Because(err)
	}
	published := map[string]string{"authorize_url": found.Authorize, "token_url": found.Token, "attributes_url": found.Attributes, "jwks_uri": found.Keys}
	for _, key := range oidcEndpoints {
		if d.text(key) == "" && !isEndpoint(published[key], e.network) {
			return ErrProviderDetails.Saying("The issuer does not publish its %s: set %s.", key, key)
		}
	}
	return nil
}

// checkApple checks that the private key is one that can sign for Apple: an
// ECDSA key on P-256, as PEM or its base64 alone.
func checkApple(d Details, _ ProviderNetwork) string {
	const problem = "private_key is not the private key that Apple gives for Sign in with Apple."
	text := d["private_key"].Reveal()
	der := []byte(nil)
	if block, _ := pem.Decode([]byte(text)); block != nil {
		der = block.Bytes
	} else if b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err == nil {
		der = b
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return problem
	}
	if k, ok := key.(*ecdsa.PrivateKey); !ok || k.Curve != elliptic.P256() {
		return problem
	}
	return ""
}

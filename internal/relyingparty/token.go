package relyingparty

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"golang.org/x/oauth2"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// settings are the configuration keys of a provider, for advice.
type settings struct{ clientID, clientSecret, issuer, tokenURL, keysURL, scopes string }

// tokenClient calls one token endpoint.
type tokenClient struct {
	http     *http.Client
	clientID string
	secret   seal.Secret
	names    settings
	// postFirst: the provider says that it does not take client_secret_basic.
	postFirst bool
	// style is the client authentication that worked last, an oauth2.AuthStyle.
	style atomic.Int32
}

// exchange redeems a code; RFC 6749 §4.1.3, RFC 7636 §4.5.
func (c *tokenClient) exchange(ctx context.Context, tokenURL string, code seal.Secret, verifier, redirectURI string) (*oauth2.Token, error) {
	return c.try(ctx, tokenURL, func(ctx context.Context, cfg *oauth2.Config) (*oauth2.Token, error) {
		cfg.RedirectURL = redirectURI
		var opts []oauth2.AuthCodeOption
		if verifier != "" {
			opts = append(opts, oauth2.VerifierOption(verifier))
		}
		return cfg.Exchange(ctx, code.Reveal(), opts...)
	})
}

// refresh redeems a refresh token; RFC 6749 §6.
func (c *tokenClient) refresh(ctx context.Context, tokenURL string, refresh seal.Secret) (*oauth2.Token, error) {
	return c.try(ctx, tokenURL, func(ctx context.Context, cfg *oauth2.Config) (*oauth2.Token, error) {
		return cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh.Reveal()}).Token()
	})
}

// try calls in the form that worked last, at first with client_secret_basic. If
// the provider refuses the client in this form, try calls in the other,
// client_secret_post: the provider may have changed. A refused call does not spend
// the code.
func (c *tokenClient) try(ctx context.Context, tokenURL string, call func(context.Context, *oauth2.Config) (*oauth2.Token, error)) (*oauth2.Token, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.http)
	var err error
	for _, style := range c.styles() {
		cfg := &oauth2.Config{ClientID: c.clientID, ClientSecret: c.secret.Reveal(), Endpoint: oauth2.Endpoint{TokenURL: tokenURL, AuthStyle: style}}
		var token *oauth2.Token
		if token, err = call(ctx, cfg); err == nil {
			c.style.Store(int32(style))
			return token, nil
		}
		if !clientRefused(err) {
			break
		}
	}
	return nil, c.explain(err)
}

func (c *tokenClient) styles() []oauth2.AuthStyle {
	switch known := oauth2.AuthStyle(c.style.Load()); {
	case c.secret == "":
		return []oauth2.AuthStyle{oauth2.AuthStyleInParams} // a public client says only its id
	case known == oauth2.AuthStyleInParams, known == oauth2.AuthStyleAutoDetect && c.postFirst:
		return []oauth2.AuthStyle{oauth2.AuthStyleInParams, oauth2.AuthStyleInHeader}
	}
	return []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams}
}

func clientRefused(err error) bool {
	re, ok := errors.AsType[*oauth2.RetrieveError](err)
	return ok && (re.ErrorCode == "invalid_client" || re.ErrorCode == "" && re.Response.StatusCode == http.StatusUnauthorized)
}

// explain turns an error of the token endpoint into a StepError. It leaves out
// oauth2's own text, which repeats the answer and may hold secrets.
func (c *tokenClient) explain(err error) error {
	re, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return unreachable(StepToken, "token endpoint", c.names.tokenURL, err)
	}
	status := re.Response.StatusCode
	code := clean(re.ErrorCode, maxCode)
	advice := map[string]string{
		"invalid_client":         "The client secret was refused (invalid_client). Check " + c.names.clientID + " and " + c.names.clientSecret + ".",
		"invalid_grant":          "The provider did not accept the code or token (invalid_grant): it was used, has expired, or belongs to another client.",
		"unauthorized_client":    "The client may not use this flow (unauthorized_client). Allow the authorization code grant for it at the provider.",
		"unsupported_grant_type": "The token endpoint does not know this grant (unsupported_grant_type). Check " + c.names.tokenURL + ".",
		"invalid_scope":          "The provider refused the scopes (invalid_scope). Check " + c.names.scopes + ".",
		"invalid_request":        "The provider did not understand the request (invalid_request). Check the callback URL that is registered there and " + c.names.tokenURL + ".",
		// GitHub's own words, which it sends with status 200.
		"incorrect_client_credentials": "The client secret was refused (incorrect_client_credentials). Check " + c.names.clientID + " and " + c.names.clientSecret + ".",
		"bad_verification_code":        "The provider did not accept the code (bad_verification_code): it was used, has expired, or belongs to another client.",
		"bad_refresh_token":            "The provider did not accept the refresh token (bad_refresh_token): it was used, has expired, or belongs to another client.",
		"redirect_uri_mismatch":        "The callback URL is not the one that is registered at the provider (redirect_uri_mismatch).",
		"unverified_user_email":        "The person has no verified e-mail address at the provider (unverified_user_email).",
	}[code]
	kind := refusalOf(status)
	switch {
	case advice != "":
		kind = ErrRefused
	case code != "":
		advice = "The token endpoint refused the call (" + code + ")."
	case status == http.StatusUnauthorized:
		advice = "The client was refused. Check " + c.names.clientID + " and " + c.names.clientSecret + "."
	default:
		advice = "The token endpoint gave no usable answer. Check " + c.names.tokenURL + "."
	}
	return failed(StepToken, kind, "%s", advice).answered(status, re.ErrorCode, re.ErrorDescription)
}

// refusalOf returns ErrRefused for a status that stays the same, and
// ErrUnreachable for one that may change soon: 5xx, 429, 408.
func refusalOf(status int) *fault.Error {
	if status >= 400 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout {
		return ErrRefused
	}
	return ErrUnreachable
}

// tokensOf returns the tokens of an answer.
func tokensOf(t *oauth2.Token) Tokens {
	id, _ := t.Extra("id_token").(string)
	return Tokens{ID: seal.Secret(id), Access: seal.Secret(t.AccessToken), Refresh: seal.Secret(t.RefreshToken)}
}

// revoke asks to revoke one token; RFC 7009 §2.1.
func (c *tokenClient) revoke(ctx context.Context, endpoint string, token seal.Secret, hint string) error {
	form := url.Values{"token": {token.Reveal()}, "token_type_hint": {hint}}
	inParams := c.secret == "" || oauth2.AuthStyle(c.style.Load()) == oauth2.AuthStyleInParams
	if inParams {
		form.Set("client_id", c.clientID)
		if c.secret != "" {
			form.Set("client_secret", c.secret.Reveal())
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !inParams {
		// RFC 6749 §2.3.1: both are form-encoded before they are joined.
		req.SetBasicAuth(url.QueryEscape(c.clientID), url.QueryEscape(c.secret.Reveal()))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return unreachable(StepToken, "revocation endpoint", c.names.issuer, err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return failed(StepToken, refusalOf(resp.StatusCode), "The revocation endpoint refused the call.").answered(resp.StatusCode, "", "")
	}
	return nil
}

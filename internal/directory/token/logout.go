package token

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// Errors of /logout. Show them on a page; never redirect.
var (
	ErrLogoutMissing  = fault.New(fault.Invalid, "logout_target_missing", "Required String parameter 'redirect_uri' is not present")
	ErrLogoutMismatch = fault.New(fault.Invalid, "logout_target_mismatch", "The address to go to after signing out is not one of the app client's sign-out URLs.")
)

// Logout is where a browser goes after signing out: to a sign-out URL of the app
// client, or to the sign-in page.
type Logout struct {
	URL    string     // the sign-out URL; "": the sign-in page
	SignIn url.Values // the sign-in page's parameters
}

// CheckLogout reads the parameters of /logout. It returns only a target that
// equals a registered one. The target has three forms: Cognito's logout_uri, which
// comes first; Cognito's redirect_uri, for signing in again; and
// post_logout_redirect_uri of OpenID Connect RP-Initiated Logout.
func (e *Engine) CheckLogout(ctx context.Context, pool *userpool.Pool, q url.Values) (*Logout, error) {
	if repeated(q, "logout_uri", "post_logout_redirect_uri", "id_token_hint") || repeated(q, signInAgain...) {
		return nil, ErrRequestMalformed
	}
	if after := q.Get("post_logout_redirect_uri"); after != "" && q.Get("logout_uri") == "" {
		return e.logoutOfOIDC(ctx, pool, q, after)
	}
	client, err := e.signingOut(ctx, pool, userpool.ClientID(q.Get("client_id")))
	switch {
	case err != nil:
		return nil, err
	case q.Get("logout_uri") != "":
		return logoutTo(client, q.Get("logout_uri"))
	case q.Get("redirect_uri") != "":
		return e.logoutToSignIn(ctx, pool, client, q)
	}
	return nil, ErrLogoutMissing
}

func repeated(q url.Values, names ...string) bool {
	for _, name := range names {
		if len(q[name]) > 1 {
			return true
		}
	}
	return false
}

func (e *Engine) signingOut(ctx context.Context, pool *userpool.Pool, id userpool.ClientID) (*userpool.Client, error) {
	if id == "" {
		return nil, ErrClientIDMissing
	}
	client, err := e.Pools.ClientOf(ctx, pool.ID, id)
	if errors.Is(err, userpool.ErrClientNotFound) {
		return nil, ErrClientUnusable.Because(errClientGone)
	}
	if err != nil {
		return nil, fmt.Errorf("load client: %w", err)
	}
	return client, nil
}

func logoutTo(client *userpool.Client, target string) (*Logout, error) {
	if !contains(client.Settings.LogoutURLs, target) {
		return nil, ErrLogoutMismatch
	}
	return &Logout{URL: target}, nil
}

// signInAgain are the parameters of /logout that are passed on to the sign-in
// page: all of an authorization request. Without the code challenge, the code would
// be issued without the proof that the client asked for (RFC 7636 §4.3); without
// the resource, the token would be for other APIs.
var signInAgain = slices.Concat([]string{"client_id", "redirect_uri"}, single)

// logoutToSignIn passes the parameters on to the sign-in page. Without a scope it
// asks for all scopes of the client. Cognito: "The managed login sign-out
// endpoint".
func (e *Engine) logoutToSignIn(ctx context.Context, pool *userpool.Pool, client *userpool.Client, q url.Values) (*Logout, error) {
	next := url.Values{}
	for _, name := range signInAgain {
		if v := q.Get(name); v != "" {
			next.Set(name, v)
		}
	}
	if next.Get("scope") == "" {
		next.Set("scope", strings.Join(client.Settings.Scopes, " "))
	}
	if _, err := e.CheckAuthorization(ctx, pool, next); err != nil {
		if inner, ok := errors.AsType[*RedirectError](err); ok {
			return nil, inner.Cause // signing out never redirects to a callback URL
		}
		return nil, err
	}
	return &Logout{SignIn: next}, nil
}

// logoutOfOIDC finds the client by client_id or by id_token_hint. If both are
// there, they must name the same client. RP-Initiated Logout §2, §3.
func (e *Engine) logoutOfOIDC(ctx context.Context, pool *userpool.Pool, q url.Values, after string) (*Logout, error) {
	id := userpool.ClientID(q.Get("client_id"))
	if hint := q.Get("id_token_hint"); hint != "" {
		hinted, err := e.ReadHint(ctx, pool, seal.Secret(hint))
		if err != nil {
			return nil, err
		}
		if id != "" && id != hinted {
			return nil, ErrHint
		}
		id = hinted
	}
	client, err := e.signingOut(ctx, pool, id)
	if err != nil {
		return nil, err
	}
	out, err := logoutTo(client, after)
	if err == nil && q.Get("state") != "" {
		var p params
		p.add("state", q.Get("state"))
		out.URL = p.inQuery(out.URL)
	}
	return out, err
}

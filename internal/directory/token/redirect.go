package token

import (
	"net/url"
	"strings"

	"gatehouse/internal/base/fault"
)

// RedirectError is a refusal that the client is told of, through the browser:
// its redirect URI was checked, so that the browser may be sent there.
type RedirectError struct {
	Name        string // OAuth's name of the error, such as "invalid_scope"
	Description string // "": none
	RedirectURI string
	State       string
	Cause       error // for the log
}

// URL is where the browser is to be sent. Cognito puts errors into the query
// for both response types.
func (e *RedirectError) URL() string {
	var q params
	if e.Description != "" {
		q.add("error_description", e.Description)
	}
	q.add("error", e.Name)
	if e.State != "" {
		q.add("state", e.State)
	}
	return q.inQuery(e.RedirectURI)
}

func (e *RedirectError) Error() string { return e.Name + ": " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *RedirectError) Unwrap() error { return e.Cause }

// redirectNames are the names that OAuth gives to refusals of an authorization
// request (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). They are told in
// the redirect itself, so they belong to the request and not to an edge.
var redirectNames = []struct {
	fault *fault.Error
	name  string
}{
	{ErrRequestMalformed, "invalid_request"},
	{ErrResponseType, "invalid_request"},
	{ErrChallenge, "invalid_request"},
	{ErrResource, "invalid_request"},
	{ErrGrantNotAllowed, "unauthorized_client"},
	{ErrScopeUnknown, "invalid_scope"},
	{ErrScopeNotAllowed, "invalid_scope"},
	{ErrScopeMalformed, "invalid_scope"},
	{ErrScopeOpenID, "invalid_scope"},
	{ErrScopeUnreadable, "invalid_scope"},
	{ErrLoginRequired, "login_required"},
	{ErrUserDisabled, "access_denied"},
}

// redirectName returns OAuth's name for err, or "" for a failure of ours.
func redirectName(err error) string {
	f := fault.As(err)
	for _, n := range redirectNames {
		if f != nil && f.Is(n.fault) {
			return n.name
		}
	}
	return ""
}

// Refuse makes err, which must be one of this package, what the client is told.
// An error that has no name in OAuth is returned as it is.
func (r *AuthorizationRequest) Refuse(err error) error {
	name := redirectName(err)
	if name == "" {
		return err
	}
	return &RedirectError{Name: name, RedirectURI: r.RedirectURI, State: r.State, Cause: err}
}

// params are parameters of a redirect, in order. A space is written %20, which
// every decoder reads as a space.
type params struct{ text strings.Builder }

func (p *params) add(name, value string) {
	if p.text.Len() > 0 {
		p.text.WriteByte('&')
	}
	p.text.WriteString(name + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
}

// inQuery appends p to the query of a redirect URI, which stays as it was
// registered. RFC 6749 §3.1.2.
func (p *params) inQuery(uri string) string {
	switch {
	case !strings.Contains(uri, "?"):
		return uri + "?" + p.text.String()
	case strings.HasSuffix(uri, "?"), strings.HasSuffix(uri, "&"):
		return uri + p.text.String()
	}
	return uri + "&" + p.text.String()
}

// inFragment appends p as the fragment. A registered URI has none.
func (p *params) inFragment(uri string) string { return uri + "#" + p.text.String() }

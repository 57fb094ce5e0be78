package token

import (
	"errors"
	"net/url"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/trigger"
)

// RedirectError is an error that the client gets in a redirect. The redirect URI
// is checked, so the browser may be sent to it.
type RedirectError struct {
	Name        string // OAuth's name of the error, such as "invalid_scope"
	Description string // "": none
	RedirectURI string
	State       string
	Issuer      string // of the pool, for the client to compare
	Cause       error  // for the log
}

// URL returns the URL for the redirect. Cognito puts errors into the query for
// both response types.
func (e *RedirectError) URL() string {
	var q params
	if e.Description != "" {
		q.add("error_description", e.Description)
	}
	q.add("error", e.Name)
	if e.State != "" {
		q.add("state", e.State)
	}
	q.add("iss", e.Issuer)
	return q.inQuery(e.RedirectURI)
}

func (e *RedirectError) Error() string { return e.Name + ": " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *RedirectError) Unwrap() error { return e.Cause }

// redirectNames are OAuth's names for the errors of an authorization request (RFC
// 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). They are part of the redirect, so
// they stand here and not in an edge.
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
	{ErrOvertaken, "access_denied"},
	{trigger.ErrRefused, "invalid_request"},
	{trigger.ErrUncallable, "server_error"},
	{trigger.ErrOutput, "server_error"},
}

// redirectName returns OAuth's name for err, or "" for an internal error.
func redirectName(err error) string {
	f := fault.As(err)
	for _, n := range redirectNames {
		if f != nil && f.Is(n.fault) {
			return n.name
		}
	}
	return ""
}

// Refuse returns a *[RedirectError] for err, which is or wraps an error of this
// package or of package trigger. If err has no name in OAuth, Refuse returns err.
func (r *AuthorizationRequest) Refuse(err error) error {
	name := redirectName(err)
	if name == "" {
		return err
	}
	back := &RedirectError{Name: name, RedirectURI: r.RedirectURI, State: r.State, Issuer: r.Issuer, Cause: err}
	if errors.Is(err, trigger.ErrRefused) { // the function says it for the person
		back.Description = fault.As(err).Message
	}
	return back
}

// Deny is Refuse for a request that the person has not seen yet. It sends nobody to a
// client that anybody may have registered: a link to our host would lead wherever its
// maker wants. RFC 9700 §4.11.2. ErrUnvouched.
func (r *AuthorizationRequest) Deny(err error) error {
	if r.Client.Unvouched() && redirectName(err) != "" {
		return ErrUnvouched.Because(err)
	}
	return r.Refuse(err)
}

// Return returns the URL with which a page that signs nobody in sends the browser
// back, with its result.
func (r *AuthorizationRequest) Return(result string) string {
	var p params
	p.add("result", result)
	if r.State != "" {
		p.add("state", r.State)
	}
	return p.inQuery(r.RedirectURI)
}

// params are the parameters of a redirect, in their order. A space is written as
// %20, which every decoder reads as a space.
type params struct{ text strings.Builder }

func (p *params) add(name, value string) {
	if p.text.Len() > 0 {
		p.text.WriteByte('&')
	}
	p.text.WriteString(name + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
}

// inQuery returns uri with p appended to its query. The registered part of the
// query stays. RFC 6749 §3.1.2.
func (p *params) inQuery(uri string) string {
	switch {
	case !strings.Contains(uri, "?"):
		return uri + "?" + p.text.String()
	case strings.HasSuffix(uri, "?"), strings.HasSuffix(uri, "&"):
		return uri + p.text.String()
	}
	return uri + "&" + p.text.String()
}

// inFragment returns uri with p as its fragment. A registered URI has no fragment.
func (p *params) inFragment(uri string) string { return uri + "#" + p.text.String() }

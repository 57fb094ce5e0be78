package oauth

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/registration"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// names maps faults to OAuth's error names, for the endpoints that answer in
// JSON. No other place chooses such a name; the names in a redirect to the
// client are chosen in package token.
//
// A fault that has no entry is invalid_request if its kind is Invalid (a value
// that the store can't hold, such as a NUL), and temporarily_unavailable with the
// status 503 if its kind is Unavailable. Every other is an internal error. Of the
// last two the caller learns nothing but the id of the request.
var names = []struct {
	fault       *fault.Error
	name        string
	description string // "": the answer has none
}{
	{errForm, "invalid_request", ""},
	{errParameter, "invalid_request", ""},
	{errGrantType, "unsupported_grant_type", ""},
	{errClient, "invalid_client", ""},
	{errHead, "invalid_request", ""},
	{web.ErrBusy, "temporarily_unavailable", ""},
	{ratelimit.ErrRate, "temporarily_unavailable", ratelimit.ErrRate.Message}, // with 429
	{site.ErrNoPool, "invalid_request", "No such domain or user pool exists."},

	{token.ErrGrantNotAllowed, "unauthorized_client", ""},
	{token.ErrExchangeRedirect, "unauthorized_client", "invalid_redirect"},
	{token.ErrCodeUnknown, "invalid_grant", ""},
	{token.ErrCodeUsed, "invalid_grant", ""},
	{token.ErrCodeExpired, "invalid_grant", ""},
	{token.ErrVerifier, "invalid_grant", ""},
	{token.ErrScopeUnreadable, "invalid_grant", ""},
	{token.ErrRefreshInvalid, "invalid_grant", ""},
	{token.ErrRefreshRevoked, "invalid_grant", ""},
	{token.ErrRefreshExpired, "invalid_grant", ""},
	{token.ErrRefreshReused, "invalid_grant", ""},
	{token.ErrUserDisabled, "invalid_grant", ""},
	{token.ErrScopeNotAllowed, "invalid_grant", ""},
	{token.ErrScopeUnknown, "invalid_scope", ""},
	{token.ErrScopeMalformed, "invalid_scope", ""},

	{trigger.ErrRefused, "invalid_grant", ""}, // the function words it
	{trigger.ErrUncallable, "temporarily_unavailable", ""},
	{trigger.ErrOutput, "server_error", trigger.ErrOutput.Message},

	{token.ErrRevocationOff, "invalid_request", ""},
	{token.ErrUnsupportedTokenType, "unsupported_token_type", ""},

	{errRegistration, "invalid_client_metadata", errRegistration.Message},
	{registration.ErrOff, "invalid_request", registration.ErrOff.Message}, // with 404
	{registration.ErrNoToken, "invalid_token", registration.ErrNoToken.Message},
	{registration.ErrMetadata, "invalid_client_metadata", ""},
	{registration.ErrRedirect, "invalid_redirect_uri", ""},
	{userpool.ErrClientSettings, "invalid_client_metadata", ""},
	{userpool.ErrOAuthFlow, "invalid_client_metadata", ""},
	{userpool.ErrScopeNotFound, "invalid_client_metadata", ""},
	{userpool.ErrTooManyResources, "temporarily_unavailable", ""}, // these with 429
	{userpool.ErrTooManyUntried, "temporarily_unavailable", ""},
	{credential.ErrAttemptLimit, "temporarily_unavailable", ""},

	{errSelfScope, "insufficient_scope", errSelfScope.Message},
	{user.ErrRecoveryOff, "access_denied", user.ErrRecoveryOff.Message},
	{errBearer, "invalid_request", "Bad OAuth2 request at UserInfo Endpoint"},
	{token.ErrAccessInvalid, "invalid_token", deadToken},
	{token.ErrAccessSignature, "invalid_token", deadToken},
	{token.ErrAccessExpired, "invalid_token", deadToken},
	{token.ErrAccessRevoked, "invalid_token", deadToken},
	{user.ErrUserNotFound, "invalid_token", deadToken},
	{userpool.ErrClientNotFound, "invalid_client", ""}, // deleted during the exchange
	{token.ErrAccessScope, "invalid_token", "Access token does not contain openid scope"},
}

const deadToken = "Access token is expired, disabled, or deleted, or the user has globally signed out."

// Titles of the pages that a person sees.
const (
	titleNobody  = "Nobody signs in here"
	titleInvalid = "This request is not valid"
	titleOut     = "You are signed out"
)

// pages maps the faults that a person sees to the titles of their pages.
var pages = []struct {
	fault  *fault.Error
	status int
	title  string
}{
	{site.ErrNoPool, http.StatusNotFound, titleNobody},
	{errHead, http.StatusMethodNotAllowed, titleInvalid},
	{token.ErrRequestMalformed, http.StatusBadRequest, titleInvalid},
	{token.ErrClientIDMissing, http.StatusBadRequest, titleInvalid},
	{token.ErrClientUnusable, http.StatusBadRequest, titleInvalid},
	{token.ErrRedirectMissing, http.StatusBadRequest, titleInvalid},
	{token.ErrRedirectMismatch, http.StatusBadRequest, titleInvalid},
	{token.ErrUnvouched, http.StatusBadRequest, titleInvalid},
	// These come from /logout alone. The last ones are what the sign-in page
	// that it leads to would be refused for.
	{token.ErrLogoutMissing, http.StatusBadRequest, titleOut},
	{token.ErrLogoutMismatch, http.StatusBadRequest, titleOut},
	{token.ErrHint, http.StatusBadRequest, titleOut},
	{token.ErrResponseType, http.StatusBadRequest, titleOut},
	{token.ErrChallenge, http.StatusBadRequest, titleOut},
	{token.ErrResource, http.StatusBadRequest, titleOut},
	{token.ErrGrantNotAllowed, http.StatusBadRequest, titleOut},
	{token.ErrScopeUnknown, http.StatusBadRequest, titleOut},
	{token.ErrScopeNotAllowed, http.StatusBadRequest, titleOut},
	{token.ErrScopeMalformed, http.StatusBadRequest, titleOut},
	{token.ErrScopeOpenID, http.StatusBadRequest, titleOut},
	{token.ErrScopeUnreadable, http.StatusBadRequest, titleOut},
}

// oauthError is the body of a refusal. RFC 6749 §5.2.
type oauthError struct {
	Name        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// nameOf returns the refusal for err. For an error that is ours it has the id of
// the request and nothing else.
func nameOf(r *http.Request, err error) oauthError {
	f := fault.As(err)
	for _, n := range names {
		if f != nil && f.Is(n.fault) {
			return oauthError{n.name, cmp.Or(n.description, wordsOf(f))}
		}
	}
	if f != nil && f.Kind == fault.Invalid {
		return oauthError{"invalid_request", ""}
	}
	if fault.KindOf(err) == fault.Unavailable {
		return oauthError{"temporarily_unavailable", "Request " + web.RequestID(r.Context())}
	}
	return oauthError{"server_error", "Request " + web.RequestID(r.Context())}
}

// worded are the faults whose own text is for the caller: the function of a trigger
// worded it, or it says what is wrong with an application that registers.
var worded = []*fault.Error{
	trigger.ErrRefused, registration.ErrMetadata, registration.ErrRedirect, userpool.ErrClientSettings, userpool.ErrOAuthFlow,
	userpool.ErrScopeNotFound, userpool.ErrTooManyResources, userpool.ErrTooManyUntried, credential.ErrAttemptLimit,
}

// wordsOf returns the text of a fault that is for the caller.
func wordsOf(f *fault.Error) string {
	if slices.ContainsFunc(worded, func(w *fault.Error) bool { return f.Is(w) }) {
		return f.Message
	}
	return ""
}

// status returns the status with which most endpoints send the refusal.
// Cognito: invalid_client is 400 at the token endpoint.
func (e oauthError) status() int {
	switch e.Name {
	case "server_error":
		return http.StatusInternalServerError
	case "access_denied", "insufficient_scope":
		return http.StatusForbidden
	case "temporarily_unavailable":
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

func (s *Server) renderJSON(w http.ResponseWriter, r *http.Request, err error) {
	e := nameOf(r, err)
	status := e.status()
	switch {
	case errors.Is(err, site.ErrNoPool), errors.Is(err, registration.ErrOff):
		status = http.StatusNotFound
	case fault.KindOf(err) == fault.Throttled, errors.Is(err, userpool.ErrTooManyResources):
		status = http.StatusTooManyRequests
	}
	web.NoStore(w.Header())
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		web.RetryLater(w.Header())
	}
	writeJSON(w, status, e)
}

// renderRevoke answers a client that did not authenticate with 401. It names the
// scheme Basic only to a client that used it, because a browser would ask its
// user for a password.
func (s *Server) renderRevoke(w http.ResponseWriter, r *http.Request, err error) {
	e := nameOf(r, err)
	if e.Name != "invalid_client" {
		s.renderJSON(w, r, err)
		return
	}
	if r.Header.Get("Authorization") != "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="oauth2"`)
	}
	writeJSON(w, http.StatusUnauthorized, e)
}

// renderUserInfo puts the refusal into the header WWW-Authenticate as well.
// RFC 6750 §3.
func (s *Server) renderUserInfo(w http.ResponseWriter, r *http.Request, err error) {
	e := nameOf(r, err)
	if e.Name != "invalid_token" && !errors.Is(err, errBearer) {
		s.renderJSON(w, r, err)
		return
	}
	w.Header().Set("WWW-Authenticate", "Bearer error="+strconv.Quote(e.Name)+", error_description="+strconv.Quote(e.Description))
	status := e.status()
	if e.Name == "invalid_token" {
		status = http.StatusUnauthorized
	}
	writeJSON(w, status, e)
}

// renderRegister puts a refusal of the token into the header WWW-Authenticate as
// well. RFC 7591 §3.2.2, RFC 6750 §3.
func (s *Server) renderRegister(w http.ResponseWriter, r *http.Request, err error) {
	e, status := nameOf(r, err), http.StatusUnauthorized
	switch {
	case errors.Is(err, token.ErrAccessScope):
		e, status = oauthError{"insufficient_scope", registration.ErrNoToken.Message}, http.StatusForbidden
	case errors.Is(err, errBearer):
		e.Description = "The header Authorization must be a bearer token."
	case e.Name != "invalid_token":
		s.renderJSON(w, r, err)
		return
	}
	challenge := "Bearer"
	if !errors.Is(err, registration.ErrNoToken) { // RFC 6750 §3.1: nothing of a request without a token
		challenge += " error=" + strconv.Quote(e.Name)
	}
	w.Header().Set("WWW-Authenticate", challenge)
	web.NoStore(w.Header())
	writeJSON(w, status, e)
}

// renderPage sends the browser back to the client with a refusal that may be
// told there, and shows a page for every other error.
func (s *Server) renderPage(w http.ResponseWriter, r *http.Request, err error) {
	if back, ok := errors.AsType[*token.RedirectError](err); ok {
		site.Redirect(w, back.URL())
		return
	}
	web.NoStore(w.Header())
	status, title, detail := pageOf(err)
	s.ErrorPage(w, r, status, title, "", detail)
}

// renderLogout tells a person who was signed out that they are, whatever was
// wrong with the address to go on to.
func (s *Server) renderLogout(w http.ResponseWriter, r *http.Request, err error) {
	web.NoStore(w.Header())
	status, title, detail := pageOf(err)
	if status != http.StatusBadRequest {
		s.ErrorPage(w, r, status, title, "", detail)
		return
	}
	s.ErrorPage(w, r, status, titleOut, "The application gave no valid address to go to after signing out.", detail)
}

// pageOf returns what a page says of err. An error that is not in the table is
// our own failure, and the page says nothing of it; unless its kind says that
// the request is to blame.
func pageOf(err error) (status int, title, detail string) {
	f := fault.As(err)
	for _, p := range pages {
		if f != nil && f.Is(p.fault) {
			return p.status, p.title, f.Message
		}
	}
	if f != nil && f.Kind == fault.Invalid {
		return http.StatusBadRequest, titleInvalid, token.ErrRequestMalformed.Message
	}
	if fault.KindOf(err) == fault.Unavailable {
		return http.StatusServiceUnavailable, "Temporarily unavailable", ""
	}
	return http.StatusInternalServerError, "Something went wrong", ""
}

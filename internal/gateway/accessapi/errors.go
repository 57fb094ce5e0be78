package accessapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/operator"
	"gatehouse/internal/relyingparty"
)

// The errors of this edge itself.
var (
	ErrNothing       = fault.New(fault.NotFound, "access_nothing", "There is nothing at this address.")
	ErrMethod        = fault.New(fault.Invalid, "access_method", "This address does not take this method.")
	ErrRoute         = fault.New(fault.NotFound, "access_api_route", "There is no such path in this API, or it does not take this method.")
	ErrAuthenticated = fault.New(fault.Unauthenticated, "access_api_unauthenticated", "Authentication error")
	ErrAccount       = fault.New(fault.Denied, "access_api_account", "Unauthorized to access requested resource")
	ErrBody          = fault.New(fault.Invalid, "access_api_body", "The body is not valid.")
	ErrBodySize      = fault.New(fault.Invalid, "access_api_body_size", "The body is too large.")
	ErrPaging        = fault.New(fault.Invalid, "access_api_paging", "The query is not valid.")

	ErrNoProvider  = fault.New(fault.Unavailable, "access_no_provider", "No identity provider is set up, so nobody can sign in.")
	ErrApplication = fault.New(fault.NotFound, "access_application", "Unable to find your Access application!")
	ErrRedirect    = fault.New(fault.Invalid, "access_redirect", "This link does not lead to a page of the application.")
	ErrScript      = fault.New(fault.Unauthenticated, "access_script", "You are not signed in.")
	ErrNoToken     = fault.New(fault.Invalid, "access_no_token", "no app token set")
	ErrEnded       = fault.New(fault.Unauthenticated, "access_session_ended", "The session of this token has ended.")
)

// failure is the answer to an error: the code for the management API, the status,
// and the heading of the page.
type failure struct {
	err    error
	code   int
	status int
	title  string
}

// failures is the only place where errors become answers. Cloudflare's codes:
// 7003 no such path, 9109 and 10000 authentication, 12130 invalid, 12132
// conflict, 12135 not found.
var failures = []failure{
	{access.ErrProviderNotFound, 12135, http.StatusNotFound, "No such identity provider"},
	{access.ErrProviderInvalid, 12130, http.StatusBadRequest, "Identity provider not usable"},
	{access.ErrProviderDeclared, 12130, http.StatusForbidden, "Not allowed"},
	{access.ErrToken, 10000, http.StatusUnauthorized, "Please sign in"},
	{operator.ErrTokenInvalid, 10000, http.StatusForbidden, "Not allowed"},

	{ErrNothing, 7003, http.StatusNotFound, "Nothing here"},
	{ErrMethod, 7003, http.StatusMethodNotAllowed, "Not possible"},
	{ErrRoute, 7003, http.StatusNotFound, "Nothing here"},
	{ErrAuthenticated, 10000, http.StatusForbidden, "Not allowed"},
	{ErrAccount, 9109, http.StatusForbidden, "Not allowed"},
	{ErrBody, 12130, http.StatusBadRequest, "Not readable"},
	{ErrBodySize, 12130, http.StatusRequestEntityTooLarge, "Too large"},
	{ErrPaging, 12130, http.StatusBadRequest, "Not readable"},

	{ErrNoProvider, 12130, http.StatusServiceUnavailable, "Sign-in is not set up"},
	{ErrApplication, 12135, http.StatusNotFound, "No such application"},
	{ErrRedirect, 12130, http.StatusBadRequest, "Link not valid"},
	{authenticate.ErrTarget, 12130, http.StatusBadRequest, "Link not valid"},
	{authenticate.ErrCircles, 10000, http.StatusBadRequest, "Sign-in goes in circles"},
	{authenticate.ErrNotMeant, 10000, http.StatusForbidden, "Not signed out"},
	{ErrTestLink, 10000, http.StatusForbidden, "For administrators"},
	{ErrScript, 10000, http.StatusUnauthorized, "Please sign in"},
	{ErrNoToken, 12130, http.StatusBadRequest, "Not signed in"},
	{ErrEnded, 10000, http.StatusUnauthorized, "Session ended"},

	// These come before the errors of session, because the error of a finished
	// attempt is also ErrSpent.
	{relyingparty.ErrState, 12130, http.StatusBadRequest, "Sign-in interrupted"},
	{relyingparty.ErrRefused, 12130, http.StatusForbidden, "Sign-in refused"},
	{relyingparty.ErrNoEmail, 12130, http.StatusForbidden, "No e-mail address"},
	{relyingparty.ErrNotAnew, 12130, http.StatusForbidden, "Sign in again"},
	{relyingparty.ErrUntrusted, 12130, http.StatusBadGateway, "Sign-in could not be verified"},
	{relyingparty.ErrUnreachable, 12130, http.StatusServiceUnavailable, "Sign-in unavailable"},
	{authenticate.ErrProviderGone, 12130, http.StatusForbidden, "Sign-in unavailable"},
	{authenticate.ErrPersonChanged, 10000, http.StatusUnauthorized, "Session ended"},
	{web.ErrBusy, 10013, http.StatusServiceUnavailable, "Temporarily unavailable"},
	{session.ErrUnavailable, 10013, http.StatusServiceUnavailable, "Temporarily unavailable"},

	{session.ErrExpired, 10000, http.StatusUnauthorized, "Session ended"},
	{session.ErrNotFound, 10000, http.StatusUnauthorized, "Session ended"},
	{session.ErrTicketInvalid, 12130, http.StatusBadRequest, "Link not valid"},
	{session.ErrTicketExpired, 12130, http.StatusBadRequest, "Link too old"},
	{session.ErrTicketBrowser, 12130, http.StatusForbidden, "Another browser"},
	{session.ErrSpent, 12130, http.StatusBadRequest, "Link used already"},
}

// internal answers all other errors, which are failures of ours.
var internal = failure{code: 10013, status: http.StatusInternalServerError, title: "Something went wrong"}

const internalText = "Something went wrong on our side."

// failureOf returns the answer to an error, and the text that the caller may
// read.
func failureOf(err error) (failure, string) {
	for _, f := range failures {
		if errors.Is(err, f.err) {
			return f, messageOf(err)
		}
	}
	if fault.KindOf(err) == fault.Unavailable {
		f := internal
		f.status, f.title = http.StatusServiceUnavailable, "Temporarily unavailable"
		return f, messageOf(err)
	}
	return internal, internalText
}

// messageOf returns the part of an error that the caller may read.
func messageOf(err error) string {
	if f := fault.As(err); f != nil {
		return f.Message
	}
	return internalText
}

// render writes an error as a page, or as JSON for programs.
func (a *API) render(w http.ResponseWriter, r *http.Request, err error) {
	f, text := failureOf(err)
	id := web.RequestID(r.Context())
	web.NoStore(w.Header())
	if f.status == http.StatusServiceUnavailable {
		web.RetryLater(w.Header())
	}
	if wantsJSON(r) {
		// Cloudflare Access: {"err": …} for get-identity, "message" and
		// "status_code" elsewhere. This object has the keys of both.
		writeJSON(w, f.status, map[string]any{"err": text, "message": text, "status_code": f.status, "ray_id": id})
		return
	}
	advice := ""
	if step, ok := errors.AsType[*relyingparty.StepError](err); ok {
		advice = step.Explain()
	}
	doc := page.Error{Title: f.title, Text: text, Advice: advice, Retry: a.retryOf(r, err), RequestID: id}.Doc()
	if err := page.Write(w, f.status, doc); err != nil {
		web.NoteError(r.Context(), err)
		http.Error(w, internalText, http.StatusInternalServerError)
	}
}

// retryOf returns the link of an error page's button, or nil if there is no
// button.
func (a *API) retryOf(r *http.Request, err error) *page.Link {
	again, interrupted := errors.AsType[*authenticate.Retry](err)
	switch {
	case interrupted:
		return &page.Link{Label: "Try again", Href: again.URL}
	case r.Method != http.MethodGet:
		return nil
	case fault.KindOf(err) == fault.Unavailable:
		return &page.Link{Label: "Try again", Href: authenticate.SamePage(r)}
	case errors.Is(err, authenticate.ErrPersonChanged), errors.Is(err, authenticate.ErrProviderGone):
		return &page.Link{Label: "Sign in again", Href: authenticate.SamePage(r)}
	case web.Host(r) != a.teamHost && r.URL.Path == pathAuthorized:
		return &page.Link{Label: "Open the application", Href: "/"}
	}
	return nil
}

// wantsJSON reports whether a program sent the request. A program can't use a
// page. Cloudflare Access: X-Requested-With makes the difference.
func wantsJSON(r *http.Request) bool {
	if authenticate.ByScript(r) || r.URL.Path == pathGetIdentity || r.URL.Path == pathCerts {
		return true
	}
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// writeJSON answers with v. Caches may keep the answer only if Cache-Control is
// set already.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, internalText, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	if h.Get("Cache-Control") == "" {
		web.NoStore(h)
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // an error means that the client has gone
}

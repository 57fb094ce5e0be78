package managedlogin

import (
	"errors"
	"net/http"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
)

// Errors of the pages themselves.
var (
	errEmpty      = fault.New(fault.Invalid, "field_empty", "Fill in every field.")
	errRepeat     = fault.New(fault.Invalid, "password_repeat", "The two passwords are not the same.")
	errForm       = fault.New(fault.Invalid, "form_unreadable", "The form could not be read.")
	errHead       = fault.New(fault.Invalid, "method_head", "This address is read with GET.")
	errNoProvider = fault.New(fault.Invalid, "client_no_provider", "Login pages unavailable. Please contact an administrator.")
	errChallenge  = fault.New(fault.Internal, "challenge_without_page", "The challenge has no page.")
)

// alerts are the errors that a person can do something about: they are shown
// above the form, in the words of the engine or, where those are for
// programs, in ours.
var alerts = []struct {
	err  error
	text string // "": the error's own
}{
	{errEmpty, ""},
	{errRepeat, ""},
	{signin.ErrWrongPassword, ""},
	{signin.ErrDisabled, ""},
	{signin.ErrNotConfirmed, ""},
	{signin.ErrResetRequired, ""},
	{signin.ErrTemporaryExpired, ""},
	{signin.ErrSessionInvalid, "Something went wrong. Sign in again."},
	{signin.ErrSessionExpired, "Something went wrong: the attempt took too long. Sign in again."},
	{signin.ErrSessionUsed, "Something went wrong. Sign in again."},
	{account.ErrSignUpClosed, ""},
	{account.ErrStatus, ""},
	{account.ErrAlreadyActive, ""},
	{account.ErrNoVerification, ""},
	{account.ErrNoRecovery, "Could not reset password for the account, please contact support or try again"},
	{account.ErrAdminRecovery, ""},
	{account.ErrDisabled, ""},
	{account.ErrWrongPassword, ""},
	{account.ErrDelivery, "The code could not be sent. Try again later."},
	{credential.ErrCodeMismatch, ""},
	{credential.ErrCodeExpired, ""},
	{credential.ErrLocked, ""},
	{credential.ErrAttemptLimit, ""},
	{credential.ErrPasswordPolicy, ""},
	{credential.ErrNoPassword, "Incorrect username or password."},
	{user.ErrUserNotFound, ""},
	{user.ErrUsernameExists, ""},
	{user.ErrAliasExists, ""},
	{user.ErrAttributes, ""},
	{user.ErrUsername, ""},
	{user.ErrUnwritable, ""},
}

// failures are the errors that end at a page of their own, since the request
// itself is wrong. The code is what Cognito's error page has in its address.
var failures = []struct {
	err    error
	status int
	code   string
}{
	{token.ErrRequestMalformed, http.StatusBadRequest, "invalid_request"},
	{token.ErrClientIDMissing, http.StatusBadRequest, "invalid_request"},
	{token.ErrClientUnusable, http.StatusBadRequest, "invalid_request"},
	{token.ErrRedirectMissing, http.StatusBadRequest, "invalid_request"},
	{token.ErrRedirectMismatch, http.StatusBadRequest, "redirect_mismatch"},
	{errNoProvider, http.StatusBadRequest, ""},
	{errForm, http.StatusBadRequest, "invalid_request"},
	{errForged, http.StatusForbidden, ""},
	{errHead, http.StatusMethodNotAllowed, ""},
	{account.ErrSignUpClosed, http.StatusForbidden, ""},
	{account.ErrAdminRecovery, http.StatusForbidden, ""},
	{site.ErrNoPool, http.StatusNotFound, ""},
}

// again shows the page of a form once more with what was wrong, if that is
// something that a person can do better; else it returns err.
func (v *visit) again(err error, show func(text string) error) error {
	for _, a := range alerts {
		if !errors.Is(err, a.err) {
			continue
		}
		v.note(err)
		if a.text != "" {
			return show(a.text)
		}
		return show(fault.As(err).Message)
	}
	return err
}

// renderError answers a request that came to no page.
func (s *Server) renderError(w http.ResponseWriter, r *http.Request, err error) {
	if back, ok := errors.AsType[*token.RedirectError](err); ok {
		redirect(w, back.URL())
		return
	}
	f := Failure{RequestID: web.RequestID(r.Context())}
	status := http.StatusInternalServerError
	for _, known := range failures {
		if errors.Is(err, known.err) {
			status, f.Code, f.Text = known.status, known.code, fault.As(err).Message
			break
		}
	}
	if known := fault.As(err); status == http.StatusInternalServerError && known != nil && known.Kind == fault.Invalid {
		// A field is to blame: what the store can't hold, such as a NUL.
		status, f.Code, f.Text = http.StatusBadRequest, "invalid_request", told["invalid_request"]
	}
	if errors.Is(err, errForged) {
		f.Retry = retry(r)
	}
	doc := f.Doc()
	if status == http.StatusInternalServerError {
		doc = page.Error{Title: "Something went wrong", Text: "The fault is on our side.", Advice: "Try again in a minute.", RequestID: f.RequestID}.Doc()
	}
	if err := page.Write(w, status, doc); err != nil {
		web.NoteError(r.Context(), err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
	}
}

// retry is the sign-in page for the same request, relative to the page that
// failed.
func retry(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return "login?" + r.URL.RawQuery
}

// told are the errors that the error page tells of. Nothing else of its
// address is shown: anybody can write a link to it.
var told = map[string]string{
	"invalid_request":             "A parameter is missing or wrong.",
	"redirect_mismatch":           "The address to return to is not registered for this application.",
	"unauthorized_client":         "The application may not sign people in this way.",
	"Required parameters missing": "A parameter is missing.",
}

// showError is the page that a bad authorization request is sent to.
func (s *Server) showError(w http.ResponseWriter, r *http.Request) error {
	web.NoteEdge(r.Context(), "managedlogin")
	f := Failure{RequestID: web.RequestID(r.Context())}
	code := r.URL.Query().Get("error")
	if text, ok := told[code]; ok {
		f.Code, f.Text = code, text
	}
	return page.Write(w, http.StatusBadRequest, f.Doc())
}

// ErrorPage shows what went wrong at an address beside the pages, as
// oauth.Server asks for.
func ErrorPage(w http.ResponseWriter, r *http.Request, status int, title, detail string) {
	d := page.Error{
		Title: title, Text: detail, RequestID: web.RequestID(r.Context()),
		Advice: "Go back to the application and start again. If that does not help, tell its makers what stands here.",
	}.Doc()
	if err := page.Write(w, status, d); err != nil {
		web.NoteError(r.Context(), err)
	}
}

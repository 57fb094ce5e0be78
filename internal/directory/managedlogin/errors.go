package managedlogin

import (
	"errors"
	"net/http"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
)

// Errors of the pages themselves.
var (
	errEmpty      = fault.New(fault.Invalid, "field_empty", "Fill in every field.")
	errRepeat     = fault.New(fault.Invalid, "password_repeat", "The two passwords are not the same.")
	errForm       = fault.New(fault.Invalid, "form_unreadable", "The form could not be read.")
	errHead       = fault.New(fault.Invalid, "method_head", "This address is read with GET.")
	errNoProvider = fault.New(fault.Invalid, "client_no_provider", "Login pages unavailable. The application signs people in at other identity providers only, which is not possible yet.")
	errNoLogo     = fault.New(fault.NotFound, "no_logo", "There is no logo at this address.")
	errChallenge  = fault.New(fault.Internal, "challenge_without_page", "The challenge has no page.")
)

// alerts are the errors that a person can do something about. The page shows
// them above the form, in the words of the engine or, where those are meant
// for programs, in ours.
var alerts = []struct {
	err  error
	text string // "": the error's own
}{
	{errEmpty, ""},
	{errRepeat, ""},
	{errStale, ""},
	{signin.ErrWrongPassword, ""},
	{credential.ErrFormerAway, "Your password can’t be checked at the moment. Try again in a minute."},
	{signin.ErrDisabled, ""},
	{signin.ErrNotConfirmed, ""},
	{signin.ErrResetRequired, ""},
	{signin.ErrNoPassword, "This account has no password."},
	{signin.ErrTemporaryExpired, ""},
	{signin.ErrSessionInvalid, "Something went wrong. Please sign in again."},
	{signin.ErrSessionExpired, "Something went wrong: signing in took too long, and nothing was changed. Please sign in again."},
	{signin.ErrSessionUsed, "Something went wrong: this form was sent before. Please sign in again."},
	{signin.ErrMFACode, "The code is not right. Check it and try again."},
	{signin.ErrTOTPCode, "The code is not right. Enter the code that your app shows now."},
	{signin.ErrTOTPSetUp, "The code is not right. Enter the code that your app shows now."},
	{signin.ErrTOTPOff, "This way of signing in is not offered any more. Please sign in again."},
	{signin.ErrNoTOTP, "Your authenticator app was removed. Please sign in again."},
	{signin.ErrMFAChoice, "Choose one of the ways below."},
	{signin.ErrNoSetUp, "Choose one of the ways below."},
	{signin.ErrContactKept, ""},
	{signin.ErrNoMFA, "This application demands a second proof of who you are, and your account has none. Please contact an administrator."},
	{signin.ErrCodeNotSent, "The code could not be sent. Try again later."},
	{signin.ErrFirstChoice, "Choose one of the ways below."},
	{signin.ErrNoFirstFactor, ""},
	{signin.ErrStepUp, "Something went wrong. Please sign in again."},
	{signin.ErrLevel, "This application asks for a stronger proof of who you are than your account can give. Sign in another way, or contact the people who run the application."},
	{signin.ErrPasskeysOff, "Passkeys are not offered any more. Please sign in again."},
	{signin.ErrNoRelyingParty, "Passkeys are not offered any more. Please sign in again."},
	{signin.ErrPasskeyClient, "This page was open for too long. Try again."},
	{signin.ErrPasskeyExists, "You have this passkey already."},
	{signin.ErrTooManyPasskeys, "You have as many passkeys as a person can have. Remove one in the application first."},
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
	{credential.ErrTOTPUsed, "This code was used before. Wait until your app shows the next one."},
	{credential.ErrLocked, ""},
	{credential.ErrAttemptLimit, ""},
	{credential.ErrPasswordPolicy, ""},
	{credential.ErrPasswordReused, "Choose a password that you have not used before."},
	{credential.ErrNoPassword, "Incorrect username or password."},
	{passkey.ErrForm, "The passkey could not be read. Try again, or go on without."},
	{passkey.ErrRefused, "The passkey was not accepted. Try again, or sign in another way."},
	{passkey.ErrChallenge, "This page was open for too long. Try again."},
	{passkey.ErrOrigin, "Passkeys do not work at this address."},
	{passkey.ErrRelyingParty, "This passkey belongs to another address."},
	{passkey.ErrUnsupported, "This kind of passkey does not work here. Use another device, or a screen lock."},
	{risk.ErrBlocked, ""},
	{risk.ErrCompromised, "This password is known to others. Choose another one."},
	{risk.ErrEventNotFound, ""},
	{risk.ErrFeedbackToken, ""},
	{risk.ErrOff, ""},
	{trigger.ErrRefused, ""}, // Cognito: the pages show the words of a function
	{trigger.ErrUncallable, ""},
	{trigger.ErrOutput, ""},
	{user.ErrUserNotFound, ""},
	{user.ErrUsernameExists, ""},
	{user.ErrAliasExists, ""},
	{user.ErrAttributes, ""},
	{user.ErrUsername, ""},
	{user.ErrProvided, ""},
	{user.ErrUnwritable, ""},
}

// wrongField returns the name of the field that err is about: the page marks
// that field. "": the error is about no field, or about several.
func wrongField(err error) string {
	switch {
	case errors.Is(err, errRepeat), errors.Is(err, credential.ErrPasswordPolicy), errors.Is(err, credential.ErrPasswordReused), errors.Is(err, risk.ErrCompromised):
		return fieldPassword
	case errors.Is(err, credential.ErrCodeMismatch), errors.Is(err, credential.ErrCodeExpired):
		return fieldCode
	case errors.Is(err, user.ErrUsernameExists), errors.Is(err, user.ErrUsername):
		return fieldUsername
	}
	return ""
}

// Titles of failure pages.
const (
	titleBadRequest = "This sign-in request doesn’t work"
	titleNoApp      = "Start from your application"
	titleBadForm    = "The form could not be used"
)

// failures are the errors that end at a page of their own, since the request
// itself is wrong. The code is what Cognito's error page has in its address.
var failures = []struct {
	err    error
	status int
	code   string
	title  string
	text   string // what the person reads; "": the error's own text
	way    way
}{
	{token.ErrRequestMalformed, http.StatusBadRequest, "invalid_request", titleBadRequest, "", toApplication},
	{token.ErrClientIDMissing, http.StatusBadRequest, "invalid_request", titleNoApp, "This address does not say which application you want to sign in to. A bookmark of the sign-in page can lead here.", toApplication},
	{token.ErrClientUnusable, http.StatusBadRequest, "invalid_request", titleBadRequest, "", toApplication},
	{userpool.ErrClientNotFound, http.StatusBadRequest, "invalid_request", titleBadRequest, "The application does not exist any more.", toApplication}, // deleted during the sign-in
	{token.ErrRedirectMissing, http.StatusBadRequest, "invalid_request", titleBadRequest, "", toApplication},
	{token.ErrRedirectMismatch, http.StatusBadRequest, "redirect_mismatch", titleBadRequest, "", toApplication},
	{token.ErrUnvouched, http.StatusBadRequest, "invalid_request", titleBadRequest, "", toApplication},
	{errNoProvider, http.StatusBadRequest, "", "Login pages unavailable", "The application signs people in at other identity providers only, which is not possible here yet. Please contact an administrator.", toApplication},
	{errNoLogo, http.StatusNotFound, "", "No logo", "", toApplication},
	{errForm, http.StatusBadRequest, "invalid_request", titleBadForm, "", toSamePage},
	{errForged, http.StatusForbidden, "", titleBadForm, "", toSamePage},
	{web.ErrBusy, http.StatusServiceUnavailable, "", "Temporarily unavailable", "", toSamePage},
	{ratelimit.ErrRate, http.StatusTooManyRequests, "", "Too many people at the moment", "Nothing was done. Wait some seconds, then go back and send the form again.", toSamePage},
	{errHead, http.StatusMethodNotAllowed, "", titleBadRequest, "", toApplication},
	{account.ErrSignUpClosed, http.StatusForbidden, "", "You can’t sign up here", "An administrator makes the accounts. Ask the people who run the application for one.", toSignIn},
	{account.ErrAdminRecovery, http.StatusForbidden, "", "You can’t reset your password here", "An administrator can reset it. Ask the people who run the application.", toSignIn},
	{user.ErrRecoveryOff, http.StatusForbidden, "", "No recovery codes here", "Your account has no second proof for which a recovery code could stand, or the application has no such codes.", toApplication},
	{errPasskeysElsewhere, http.StatusForbidden, "", "No passkeys here", "Passkeys cannot be added at this address. Ask the people who run the application.", toApplication},
	{site.ErrNoPool, http.StatusNotFound, "", "Nobody signs in here", "", toApplication},
}

// way is where a failure page leads on.
type way int

const (
	toApplication way = iota // there is no request to go on with
	toSamePage               // the same page again, with an empty form
	toSignIn                 // the sign-in page for the same request
)

// link returns the button for the way; nil if there is nothing to link to. Its
// address is relative, so that the host and the path in front stay.
func (w way) link(r *http.Request) *page.Link {
	switch {
	case w == toSamePage:
		return &page.Link{Label: "Try again", Href: "?" + r.URL.RawQuery}
	case w == toSignIn:
		return &page.Link{Label: "Back to signing in", Href: "login?" + r.URL.RawQuery}
	}
	return nil
}

// again shows the page of a form once more with the text for err, if err is
// one of alerts; else it returns err.
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
		site.Redirect(w, back.URL())
		return
	}
	status, doc := failureOf(r, err)
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		web.RetryLater(w.Header())
	}
	if err := page.Write(w, status, doc); err != nil {
		web.NoteError(r.Context(), err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
	}
}

// failureOf returns the page for an error. An error that the table does not
// have is our own failure, and the page has no detail of it; unless its kind
// says that a field is to blame, such as a NUL, which the store can't hold.
func failureOf(r *http.Request, err error) (status int, doc page.Doc) {
	id := web.RequestID(r.Context())
	for _, f := range failures {
		if errors.Is(err, f.err) {
			p := Failure{Title: f.title, Text: fault.As(err).Message, Code: f.code, RequestID: id, Retry: f.way.link(r)}
			if f.text != "" {
				p.Text, p.Detail = f.text, p.Text
			}
			return f.status, p.Doc()
		}
	}
	if known := fault.As(err); known != nil && known.Kind == fault.Invalid {
		return http.StatusBadRequest, Failure{
			Title: titleBadRequest, Text: errorTexts["invalid_request"], Code: "invalid_request", RequestID: id, Retry: toSamePage.link(r),
		}.Doc()
	}
	if fault.KindOf(err) == fault.Unavailable {
		return http.StatusServiceUnavailable, unavailable(id, toSamePage.link(r))
	}
	return http.StatusInternalServerError, ourFault(id, toSamePage.link(r))
}

// unavailable returns the page for a failure that passes, such as a database that
// does not answer.
func unavailable(requestID string, retry *page.Link) page.Doc {
	return page.Error{
		Title: "Temporarily unavailable", Text: "Signing in is not possible at the moment.",
		Advice: "Wait a minute and try again.", Retry: retry, RequestID: requestID,
	}.Doc()
}

// ourFault returns the page for a failure of ours.
func ourFault(requestID string, retry *page.Link) page.Doc {
	return page.Error{
		Title: "Something went wrong", Text: "The fault is on our side, not yours.",
		Advice: "Wait a minute and try again.", Retry: retry, RequestID: requestID,
	}.Doc()
}

// errorTexts are what /error says for the codes in its address. It shows
// nothing else of the address: anybody can write a link to it.
var errorTexts = map[string]string{
	"invalid_request":             "A parameter is missing or wrong.",
	"redirect_mismatch":           "The address to return to is not registered for this application.",
	"unauthorized_client":         "The application may not sign people in this way.",
	"Required parameters missing": "A parameter is missing.",
}

// showError is the page that a bad authorization request is sent to.
func (s *Server) showError(w http.ResponseWriter, r *http.Request) error {
	web.NoteEdge(r.Context(), "managedlogin")
	f := Failure{Title: titleBadRequest, RequestID: web.RequestID(r.Context())}
	code := r.URL.Query().Get("error")
	if text, ok := errorTexts[code]; ok {
		f.Code, f.Text = code, text
	}
	return page.Write(w, http.StatusBadRequest, f.Doc())
}

// ErrorPage shows what went wrong at an address of package oauth; its
// Server.ErrorPage is this function.
func ErrorPage(w http.ResponseWriter, r *http.Request, status int, title, text, detail string) {
	if status == http.StatusServiceUnavailable {
		web.RetryLater(w.Header())
	}
	if err := page.Write(w, status, errorPage(r, status, title, text, detail)); err != nil {
		web.NoteError(r.Context(), err)
	}
}

func errorPage(r *http.Request, status int, title, text, detail string) page.Doc {
	id := web.RequestID(r.Context())
	switch {
	case status == http.StatusServiceUnavailable:
		return unavailable(id, toSamePage.link(r))
	case status >= http.StatusInternalServerError:
		return ourFault(id, toSamePage.link(r))
	}
	return Failure{Title: title, Text: text, Detail: detail, RequestID: id}.Doc()
}

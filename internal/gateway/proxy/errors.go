package proxy

import (
	"cmp"
	"errors"
	"net/http"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/extauthz"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/operator"
	"gatehouse/internal/relyingparty"
)

// statusCertificate is Pomerium's status for a missing or bad client
// certificate. nginx uses the same number.
const statusCertificate = 495

// statusDevice is Pomerium's status for a device that the policy does not take.
const statusDevice = 450

// failures is the only place where errors become answers.
var failures = []struct {
	err    *fault.Error
	status int
	title  string
}{
	{ErrNoRoute, http.StatusNotFound, "Nothing here"},
	{ErrMethod, http.StatusMethodNotAllowed, "Not possible"},
	{ErrMethodCase, http.StatusBadRequest, "Unreadable request"},
	{ErrRequestBody, http.StatusBadRequest, "Unreadable request"},
	{ErrMethodRefused, http.StatusMethodNotAllowed, "Not possible"},
	{ErrBadHost, http.StatusBadRequest, "Unreadable address"},
	{ErrBadPath, http.StatusBadRequest, "Unreadable address"},
	{ErrUnderscore, http.StatusBadRequest, "Header not accepted"},
	{ErrRewrite, http.StatusBadRequest, "Unreadable address"},
	{ErrSignIn, http.StatusUnauthorized, "Please sign in"},
	{bearer.ErrRefused, http.StatusForbidden, "Not accepted"},
	{bearer.ErrNoVerifier, http.StatusForbidden, "Not accepted"},
	{bearer.ErrTooMany, http.StatusTooManyRequests, "Too many requests"},
	{operator.ErrAccountInvalid, http.StatusUnauthorized, "Not accepted"},
	{ErrTwoCredentials, http.StatusBadRequest, "Two credentials"},
	{ErrReauthenticate, http.StatusUnauthorized, "Please sign in again"},
	{ErrCertificate, statusCertificate, "Client certificate required"},
	{ErrDevice, http.StatusUnauthorized, "Device required"},
	{errNoDevice, http.StatusForbidden, "No device was used"},
	{device.ErrNotFound, http.StatusNotFound, "No such device"},
	{device.ErrTaken, http.StatusConflict, "Enrolled already"},
	{device.ErrTooMany, http.StatusConflict, "Too many devices"},
	{device.ErrRefused, http.StatusForbidden, "Device not accepted"},
	{device.ErrLink, http.StatusForbidden, "Link not valid"},
	{device.ErrPerson, http.StatusForbidden, "Not possible"},
	{device.ErrEnclave, http.StatusForbidden, "Not possible"},
	{ErrUpgrade, http.StatusForbidden, "Not allowed"},
	{ErrConnectForm, http.StatusBadRequest, "Unreadable request"},
	{ErrSocketForm, http.StatusBadRequest, "For WebSockets"},
	{ErrImpersonation, http.StatusForbidden, "Not possible"},
	{ErrNeighbour, http.StatusForbidden, "Not allowed"},
	{ErrQuestion, http.StatusBadRequest, "Unreadable request"},
	{ErrOwnAddress, http.StatusForbidden, "Not possible"},
	{ErrOtherWay, http.StatusForbidden, "Not possible"},
	{extauthz.ErrMessage, http.StatusBadRequest, "Unreadable request"},
	{extauthz.ErrTooLarge, http.StatusBadRequest, "Unreadable request"},
	{ErrToolMessage, http.StatusBadRequest, "Unreadable message"},
	{ErrToolType, http.StatusUnsupportedMediaType, "Unreadable message"},
	{ErrToolTooLarge, http.StatusRequestEntityTooLarge, "Too large"},
	{ErrSecret, http.StatusServiceUnavailable, "Not available"},
	{ErrTakenAway, http.StatusServiceUnavailable, "Changed just now"},
	{ErrOrigin, http.StatusForbidden, "Not allowed"},
	{ErrNoProvider, http.StatusServiceUnavailable, "Sign-in is not set up"},
	{ErrLink, http.StatusBadRequest, "Link not valid"},
	{authenticate.ErrTarget, http.StatusBadRequest, "Link not valid"},
	{ErrNoProgramTarget, http.StatusNotFound, "Where to?"},
	{ErrProgramTarget, http.StatusBadRequest, "Host not allowed"},
	{ErrForm, http.StatusForbidden, "Form not accepted"},
	{ErrLogoutToken, http.StatusBadRequest, "Logout token not valid"},

	{ErrUpstreamDown, http.StatusServiceUnavailable, "Application unavailable"},
	{ErrTooMany, http.StatusTooManyRequests, "Too many requests"},
	{ErrUpstreamBusy, http.StatusServiceUnavailable, "Application busy"},
	{ErrUpstreamSlow, http.StatusGatewayTimeout, "Application too slow"},
	{ErrUpstreamBroken, http.StatusBadGateway, "Application failed"},
	{ErrUpstreamTrust, http.StatusBadGateway, "Application not trusted"},

	{web.ErrBusy, http.StatusServiceUnavailable, "Temporarily unavailable"},
	{session.ErrUnavailable, http.StatusServiceUnavailable, "Temporarily unavailable"},
	{session.ErrExpired, http.StatusUnauthorized, "Session ended"},
	{session.ErrNotFound, http.StatusUnauthorized, "Session ended"},
	{session.ErrTicketInvalid, http.StatusBadRequest, "Link not valid"},
	{session.ErrTicketExpired, http.StatusBadRequest, "Link too old"},
	{session.ErrTicketBrowser, http.StatusForbidden, "Another browser"},
	{session.ErrSpent, http.StatusBadRequest, "Link used already"},

	{relyingparty.ErrState, http.StatusBadRequest, "Sign-in interrupted"},
	{relyingparty.ErrRefused, http.StatusForbidden, "Sign-in refused"},
	{relyingparty.ErrNotAnew, http.StatusForbidden, "Please sign in again"},
	{relyingparty.ErrNoEmail, http.StatusForbidden, "No e-mail address"},
	{relyingparty.ErrUntrusted, http.StatusBadGateway, "Sign-in could not be verified"},
	{relyingparty.ErrUnreachable, http.StatusServiceUnavailable, "Sign-in unavailable"},
	{authenticate.ErrPersonChanged, http.StatusUnauthorized, "Session ended"},
	{authenticate.ErrProviderGone, http.StatusForbidden, "Sign-in unavailable"},
	{authenticate.ErrCircles, http.StatusBadRequest, "Sign-in goes in circles"},
	{authenticate.ErrNotMeant, http.StatusForbidden, "Not signed out"},
}

// advice says what the person can do, where the text of an error does not.
var advice = map[*fault.Error]string{
	ErrNoRoute:        "Check the address.",
	ErrBadHost:        "Check the address.",
	ErrBadPath:        "Check the address, or open the first page of the application and go on from there.",
	ErrSignIn:         "Open the application in your browser to sign in.",
	ErrReauthenticate: "Open the application in your browser to sign in.",
	ErrCertificate:    "If you have a certificate for it, add it to your browser, restart the browser, and open the page again. If you have none, or it is not accepted, ask the people who run this site.",
	ErrUpstreamDown:   askThem,
	ErrUpstreamSlow:   askThem,
	ErrUpstreamBroken: askThem,
	ErrUpstreamTrust:  "Trying again does not help. Tell the people who run this site, and give them the request number. With it they find the reason in the log.",
}

const askThem = "If this goes on, tell the people who run this site, and give them the request number. With it they find the reason in the log."

// answered is an error as the client reads it.
type answered struct {
	status              int
	title, text, advice string
	retry               *page.Link // nil: no way on
}

func (a answered) doc(requestID string) page.Doc {
	return page.Error{Title: a.title, Text: a.text, Advice: a.advice, Retry: a.retry, RequestID: requestID}.Doc()
}

// answerOf returns the answer to an error. An error that is not in the table is
// a failure of ours, and the client learns nothing about it, except that it passes
// if its kind is Unavailable.
func answerOf(err error) answered {
	for _, f := range failures {
		if !errors.Is(err, f.err) {
			continue
		}
		a := answered{status: f.status, title: f.title, advice: advice[f.err]}
		if e := fault.As(err); e != nil {
			a.text = e.Message
		}
		if step, ok := errors.AsType[*relyingparty.StepError](err); ok {
			a.advice = step.Explain()
		}
		if refused, ok := errors.AsType[*certificateError](err); ok {
			a.advice = refused.advice
		}
		return a
	}
	if fault.KindOf(err) == fault.Unavailable {
		return answered{status: http.StatusServiceUnavailable, title: "Temporarily unavailable", text: "This is not possible at the moment. Please try again shortly."}
	}
	return answered{status: http.StatusInternalServerError, title: "Something went wrong", text: "Something went wrong on our side."}
}

// retryOf returns the way on from an error page, or nil if there is none.
func retryOf(r *http.Request, err error) *page.Link {
	if again, ok := errors.AsType[*authenticate.Retry](err); ok {
		return &page.Link{Label: "Try again", Href: again.URL}
	}
	if errors.Is(err, ErrForm) && (r.URL.Path == pathSessions || r.URL.Path == pathDevices) {
		return &page.Link{Label: "Try again", Href: pathIdentity}
	}
	for _, t := range tryAgain {
		if errors.Is(err, t.err) && (r.Method == http.MethodGet || t.href != "") {
			return &page.Link{Label: t.label, Href: cmp.Or(t.href, authenticate.SamePage(r))}
		}
	}
	if r.Method == http.MethodGet && answerOf(err).status == http.StatusServiceUnavailable {
		return &page.Link{Label: "Try again", Href: authenticate.SamePage(r)}
	}
	return nil
}

// tryAgain lists the errors whose page has a way on. An empty href means the
// same URL again; a request that may have changed something is not repeated.
var tryAgain = []struct {
	err         *fault.Error
	label, href string
}{
	{session.ErrUnavailable, "Try again", ""},
	{ErrUpstreamDown, "Try again", ""},
	{ErrTooMany, "Try again", ""},
	{ErrUpstreamSlow, "Try again", ""},
	{ErrUpstreamBroken, "Try again", ""},
	{ErrNoProvider, "Try again", ""},
	{authenticate.ErrCircles, "Try again", ""},
	{relyingparty.ErrUnreachable, "Try again", ""},
	{ErrForm, "Try again", pathSignOut},
	{authenticate.ErrPersonChanged, "Sign in again", ""},
	{authenticate.ErrProviderGone, "Sign in again", ""},
	{session.ErrExpired, "Open the application", "/"},
	{session.ErrNotFound, "Open the application", "/"},
	{session.ErrTicketInvalid, "Open the application", "/"},
	{session.ErrTicketExpired, "Open the application", "/"},
	{session.ErrTicketBrowser, "Open the application", "/"},
	{session.ErrSpent, "Open the application", "/"},
}

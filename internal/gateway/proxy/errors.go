package proxy

import (
	"errors"
	"net/http"
	"net/url"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// statusCertificate is what Pomerium answers when a client certificate is
// missing or bad; nginx knows the number as well.
const statusCertificate = 495

// failures is the one place where errors become answers.
var failures = []struct {
	err    *fault.Error
	status int
	title  string
}{
	{ErrNoRoute, http.StatusNotFound, "Nothing here"},
	{ErrMethod, http.StatusMethodNotAllowed, "Not possible"},
	{ErrBadPath, http.StatusBadRequest, "Unreadable address"},
	{ErrUnderscore, http.StatusBadRequest, "Header not accepted"},
	{ErrRewrite, http.StatusBadRequest, "Unreadable address"},
	{ErrSignIn, http.StatusUnauthorized, "Please sign in"},
	{ErrCertificate, statusCertificate, "Client certificate required"},
	{ErrUpgrade, http.StatusForbidden, "Not allowed"},
	{ErrSessions, http.StatusServiceUnavailable, "Temporarily unavailable"},
	{ErrNoProvider, http.StatusServiceUnavailable, "Sign-in is not set up"},
	{ErrLink, http.StatusBadRequest, "Link not valid"},
	{ErrTarget, http.StatusBadRequest, "Link not valid"},
	{ErrNoProgramTarget, http.StatusNotFound, "Where to?"},
	{ErrProgramTarget, http.StatusBadRequest, "Host not allowed"},
	{ErrForm, http.StatusForbidden, "Form not accepted"},

	{ErrUpstreamDown, http.StatusServiceUnavailable, "Application unavailable"},
	{ErrUpstreamSlow, http.StatusGatewayTimeout, "Application too slow"},
	{ErrUpstreamBroken, http.StatusBadGateway, "Application failed"},
	{ErrUpstreamTrust, http.StatusBadGateway, "Application not trusted"},

	{session.ErrExpired, http.StatusUnauthorized, "Session ended"},
	{session.ErrNotFound, http.StatusUnauthorized, "Session ended"},
	{session.ErrTicketInvalid, http.StatusBadRequest, "Link not valid"},
	{session.ErrTicketExpired, http.StatusBadRequest, "Link too old"},
	{session.ErrTicketBrowser, http.StatusForbidden, "Another browser"},
	{session.ErrSpent, http.StatusBadRequest, "Link used already"},

	{relyingparty.ErrState, http.StatusBadRequest, "Sign-in interrupted"},
	{relyingparty.ErrRefused, http.StatusForbidden, "Sign-in refused"},
	{relyingparty.ErrNoEmail, http.StatusForbidden, "No e-mail address"},
	{relyingparty.ErrUntrusted, http.StatusBadGateway, "Sign-in could not be verified"},
	{relyingparty.ErrUnreachable, http.StatusServiceUnavailable, "Sign-in unavailable"},
	{ErrProviderGone, http.StatusForbidden, "Sign-in unavailable"},
}

// answered is what a client is told of an error.
type answered struct {
	status              int
	title, text, advice string
}

func (a answered) doc(requestID string) page.Doc {
	return page.Error{Title: a.title, Text: a.text, Advice: a.advice, RequestID: requestID}.Doc()
}

// answerOf finds the answer to an error. What is not in the table is a failure
// of ours, of which the client learns nothing.
func answerOf(err error) answered {
	for _, f := range failures {
		if !errors.Is(err, f.err) {
			continue
		}
		a := answered{status: f.status, title: f.title}
		if e := fault.As(err); e != nil {
			a.text = e.Message
		}
		if step, ok := errors.AsType[*relyingparty.StepError](err); ok {
			a.advice = step.Advice
			if step.Description != "" {
				a.advice += " The provider says: " + step.Description
			}
		}
		return a
	}
	return answered{status: http.StatusInternalServerError, title: "Something went wrong", text: "Something went wrong on our side."}
}

// render writes an error in the form that the client accepts.
func (c *compiled) render(w http.ResponseWriter, r *http.Request, err error) {
	a := answerOf(err)
	id := web.RequestID(r.Context())
	h := w.Header()
	h.Set(headerIntercepted, "true")
	web.NoStore(h)
	var writing error
	switch formOf(r) {
	case formKubernetes:
		writing = writeJSON(w, a.status, kubernetesStatus(a.status, a.text))
	case formJSON:
		writing = writeJSON(w, a.status, map[string]string{"error": a.text, "request_id": id})
	case formPlain:
		writePlain(w, a.status, a.text, id)
	case formGRPC:
		writeGRPC(w, a.status, a.text)
	default:
		writing = c.page(w, a.status, a.doc(id))
	}
	if writing != nil {
		writePlain(w, http.StatusInternalServerError, "Something went wrong on our side.", id)
	}
}

// page writes a page of the gateway's own.
func (c *compiled) page(w http.ResponseWriter, status int, d page.Doc) error {
	h := w.Header()
	h.Set(headerIntercepted, "true")
	if sts := c.defaultResponseHeaders()["Strict-Transport-Security"]; sts != "" {
		h.Set("Strict-Transport-Security", sts)
	}
	return page.Write(w, status, d)
}

func writePlain(w http.ResponseWriter, status int, text, id string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if id != "" {
		text += " (request " + id + ")"
	}
	_, err := w.Write([]byte(text + "\n"))
	_ = ignoreGone(err)
}

// writeGRPC says no in gRPC's way: status 200 and trailers in the headers
// (gRPC over HTTP/2, "Trailers-Only").
func writeGRPC(w http.ResponseWriter, status int, text string) {
	code := "2" // UNKNOWN
	switch status {
	case http.StatusUnauthorized:
		code = "16" // UNAUTHENTICATED
	case http.StatusForbidden, statusCertificate:
		code = "7" // PERMISSION_DENIED
	case http.StatusNotFound:
		code = "12" // UNIMPLEMENTED
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		code = "14" // UNAVAILABLE
	}
	h := w.Header()
	h.Set("Content-Type", "application/grpc")
	h.Set("Grpc-Status", code)
	h.Set("Grpc-Message", url.PathEscape(text))
	w.WriteHeader(http.StatusOK)
}

// kubernetesStatus is how kubectl wants to be told no.
func kubernetesStatus(status int, text string) map[string]any {
	return map[string]any{"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure", "message": text, "reason": http.StatusText(status), "code": status}
}

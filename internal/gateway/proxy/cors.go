package proxy

import (
	"context"
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/gateway/policy"
)

// preflightTime limits the question to an upstream whether a page may read its
// answers.
const preflightTime = 5 * time.Second

// letRead lets a page of another origin read a refusal of the gateway's own if it
// may read the application's answers. Without these headers its script sees a
// network error, and can't tell that the person must sign in. Fetch §3.2.3.
func (f *forwarder) letRead(w http.ResponseWriter, r *http.Request, x *exchange) {
	text := r.Header.Get("Origin")
	if text == "" || r.Header.Get("Sec-Fetch-Mode") == "navigate" {
		return
	}
	if o, ok := parseOrigin(text); ok && f.isOwn(o, r, x) {
		return
	}
	if shareHeaders(w.Header(), x.route.response) || x.asked != nil || x.route.fixed() || !f.passesPreflight(x) {
		return
	}
	answer := f.preflightAnswer(r, x)
	if answer != nil { // an upstream that is away has taken nothing back
		x.route.preflights.note(text, x.cleaned.Path, answer, f.now())
	}
	shareHeaders(w.Header(), answer)
}

// letReadFailure is letRead for an upstream that has just failed: what it has answered to
// the page's last preflight counts.
func (f *forwarder) letReadFailure(w http.ResponseWriter, r *http.Request, x *exchange) {
	if shareHeaders(w.Header(), x.route.response) || r.Header.Get("Origin") == "" || !f.passesPreflight(x) {
		return
	}
	shareHeaders(w.Header(), x.route.preflights.last(r.Header.Get("Origin"), x.cleaned.Path, f.now()))
}

// notePreflight remembers what an upstream answers to a browser's preflight.
func (f *forwarder) notePreflight(r *http.Request, x *exchange, res *http.Response) {
	if !x.question.CORSPreflight {
		return
	}
	answer := res.Header
	if res.StatusCode/100 != 2 {
		answer = nil
	}
	x.route.preflights.note(r.Header.Get("Origin"), x.cleaned.Path, answer, f.now())
}

// shareHeaders copies the headers that say which pages may read an answer. It
// reports whether there are any.
func shareHeaders(h, from http.Header) bool {
	if from.Get("Access-Control-Allow-Origin") == "" {
		return false
	}
	for name, values := range from {
		if name == "Vary" || strings.HasPrefix(name, "Access-Control-") {
			h[name] = values
		}
	}
	return true
}

// passesPreflight reports whether a preflight for the request would reach the
// upstream without a sign-in. The certificate of the request counts: browsers send
// preflights without one, but here the question is what the client may learn that has it.
func (f *forwarder) passesPreflight(x *exchange) bool {
	return x.route.Decide(&policy.Request{
		Method: http.MethodOptions, Host: x.host, Path: x.cleaned.Path, AltPath: x.cleaned.Alternate, SourceIP: x.addr,
		CORSPreflight: true, Now: f.now(), Certificate: x.question.Certificate, CertificateValid: x.question.CertificateValid,
	}).Outcome == policy.Allow
}

// preflightAnswer asks the upstream what a browser asks it before a request of
// another origin, and returns the headers of its answer, nil if it refuses. The
// question holds nothing of the request but its address, method and origin.
func (f *forwarder) preflightAnswer(r *http.Request, x *exchange) http.Header {
	ctx, cancel := context.WithTimeout(context.Background(), preflightTime) // without the server's key: a broken answer must not end the request
	defer cancel()
	defer context.AfterFunc(r.Context(), cancel)()
	got := &answerHead{header: http.Header{}}
	asked := &exchange{answer: f.newAnswerWriter(got), host: x.host, cleaned: x.cleaned, route: x.route, addr: x.addr}
	if f.prepare(r, asked) != nil || asked.choose() != nil {
		return nil
	}
	defer asked.leave()
	question := &http.Request{
		Method: http.MethodOptions, URL: r.URL, Host: r.Host, RemoteAddr: r.RemoteAddr, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Origin": r.Header["Origin"], "Access-Control-Request-Method": {r.Method}},
	}
	defer asked.abort()
	x.route.relay.pass(asked.begin(ctx, 0), question, asked)
	if got.status/100 != 2 {
		return nil
	}
	return got.header
}

// answerHead is a ResponseWriter that keeps the head of an answer.
type answerHead struct {
	header http.Header
	status int
}

func (w *answerHead) Header() http.Header         { return w.header }
func (w *answerHead) WriteHeader(status int)      { w.status = status }
func (w *answerHead) Write(p []byte) (int, error) { return len(p), nil }

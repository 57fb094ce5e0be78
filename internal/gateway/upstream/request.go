package upstream

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/web"
)

// Request is a request to an upstream on plain HTTP. It has no body, and asks for nothing
// but an answer.
type Request struct {
	Method string
	// Host is where the upstream is: a name or an address, and a port other than 80.
	Host string
	// Name is the value of the header Host. If empty, it is Host.
	Name string
	// Target is the path, as it is sent, and Query what follows it: "", or a question mark
	// and more.
	Target, Query string
	// Lines are the headers. Those that say where the message ends are left out.
	Lines Lines
	// Answer is where the headers of the answer are put, besides those that are there. If
	// nil, the answer has a header of its own.
	Answer http.Header
	// Interim hears of interim answers. It may be nil.
	Interim Interim
}

// Interim hears of interim answers (1xx). An error ends the request.
type Interim interface {
	Interim(status int, header http.Header) error
}

// tracing returns who hears of interim answers as net/http tells of them, nil if nobody does.
func tracing(ctx context.Context) Interim {
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.Got1xxResponse != nil {
		return traced(trace.Got1xxResponse)
	}
	return nil
}

type traced func(status int, header textproto.MIMEHeader) error

// Interim implements Interim.
func (t traced) Interim(status int, header http.Header) error {
	return t(status, textproto.MIMEHeader(header))
}

// plainRequest returns r as a Request, if it may be one: without TLS, a body, and what
// net/http would have to correct or refuse.
func plainRequest(r *http.Request) (plain *Request, ok bool) {
	if r.URL.Scheme != "http" || r.Body != nil && r.Body != http.NoBody || r.Close || len(r.Trailer) > 0 || len(r.TransferEncoding) > 0 {
		return nil, false
	}
	return &Request{Method: r.Method, Host: r.URL.Host, Name: r.Host, Target: r.URL.RequestURI(), Lines: linesOf(r.Header), Interim: tracing(r.Context())}, true
}

// append appends the request as it is sent. ok is false if it can't be sent as it is, or
// asks for a change of the protocol: HTTP/1.1 has one way to read what is appended. As
// net/http does, it leaves out what describes a body, and says of the methods that usually
// have one that there is none.
func (r *Request) append(b []byte) (sent []byte, ok bool) {
	name := r.name()
	switch {
	case r.Host == "", !plainHost(name), !plainTarget(r.Target), r.Target == "*" && r.Query != "", !printable(r.Query):
		return b, false
	case r.Method == "" || r.Method == http.MethodConnect || strings.IndexFunc(r.Method, notToken) >= 0:
		return b, false
	}
	for _, part := range [...]string{r.Method, " ", r.Target, r.Query, " HTTP/1.1\r\nHost: ", name, "\r\n"} {
		b = append(b, part...)
	}
	if b, ok = r.Lines.append(b); !ok {
		return b, false
	}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		b = append(b, "Content-Length: 0\r\n"...)
	}
	return append(b, "\r\n"...), true
}

func notToken(c rune) bool { return !httpguts.IsTokenRune(c) }

// name returns the value of the header Host.
func (r *Request) name() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Host
}

// address returns where to connect to.
func (r *Request) address() string {
	u := url.URL{Host: r.Host}
	if u.Port() != "" {
		return r.Host
	}
	return net.JoinHostPort(u.Hostname(), "80")
}

// plainHost reports whether a host goes into a header as it is. A zone of an address
// means something on this machine only.
func plainHost(host string) bool {
	for i := range len(host) {
		if host[i] <= ' ' || host[i] >= 0x7f || host[i] == '%' {
			return false
		}
	}
	return host != "" && httpguts.ValidHostHeader(host)
}

func plainTarget(target string) bool {
	return target != "" && (target[0] == '/' || target == "*") && printable(target)
}

// printable reports whether a text can be a part of a target: a space would end it.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] == 0x7f {
			return false
		}
	}
	return true
}

// append appends headers. ok is false if one of them must not be sent, or asks for more
// than an answer.
func (l Lines) append(b []byte) (sent []byte, ok bool) {
	named := false // the client's program
	for _, line := range l {
		if !web.ValidHeader(line.Name, []string{line.Value}) {
			return b, false
		}
		switch line.Name {
		case "Upgrade", "Expect", "Connection":
			return b, false
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue
		case "User-Agent": // net/http sends the first one, unless it is empty
			first := !named
			if named = true; !first || line.Value == "" {
				continue
			}
		}
		b = append(append(b, line.Name...), ": "...)
		b = append(append(b, line.Value...), "\r\n"...)
	}
	return b, true
}

package upstream

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/web"
)

// plain reports whether a request can take the short road: HTTP/1.1 without TLS, no
// body, no change of protocol, and nothing in it that net/http would correct or
// refuse.
func plain(r *http.Request) bool {
	switch {
	case r.URL.Scheme != "http", r.URL.Host == "", r.Body != nil && r.Body != http.NoBody, r.Close, len(r.Trailer) > 0, len(r.TransferEncoding) > 0:
		return false
	case r.Method == "" || r.Method == http.MethodConnect || strings.IndexFunc(r.Method, notToken) >= 0:
		return false
	}
	return plainHost(hostOf(r)) && plainTarget(r.URL.RequestURI()) && plainHeaders(r.Header)
}

func notToken(c rune) bool { return !httpguts.IsTokenRune(c) }

// hostOf returns the value of the header Host.
func hostOf(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	return r.URL.Host
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
	if target == "" || target[0] != '/' && target != "*" {
		return false
	}
	for i := range len(target) {
		if target[i] <= ' ' || target[i] == 0x7f {
			return false
		}
	}
	return true
}

// plainHeaders reports whether all headers may be sent, and none asks for more than
// an answer.
func plainHeaders(h http.Header) bool {
	for name, values := range h {
		switch name {
		case "Upgrade", "Expect", "Connection":
			return false
		}
		if !web.ValidHeader(name, values) {
			return false
		}
	}
	return true
}

// appendRequest appends a plain request. As net/http does, it leaves out what describes a
// body, and says of the methods that usually have one that there is none.
func appendRequest(b []byte, r *http.Request) []byte {
	for _, part := range [...]string{r.Method, " ", r.URL.RequestURI(), " HTTP/1.1\r\nHost: ", hostOf(r), "\r\n"} {
		b = append(b, part...)
	}
	for name, values := range r.Header {
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue
		case "User-Agent": // an empty one is none
			if len(values) == 0 || values[0] == "" {
				continue
			}
			values = values[:1]
		}
		for _, v := range values {
			b = appendLine(b, name, v)
		}
	}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		b = append(b, "Content-Length: 0\r\n"...)
	}
	return append(b, "\r\n"...)
}

func appendLine(b []byte, name, value string) []byte {
	b = append(append(b, name...), ": "...)
	return append(append(b, value...), "\r\n"...)
}

package upstream

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/web"
)

// appendPlain appends a request that can take the short road: HTTP/1.1 without TLS, no
// body, no change of protocol, and nothing in it that net/http would correct or refuse. ok
// is false for every other one. As net/http does, it leaves out what describes a body, and
// says of the methods that usually have one that there is none.
func appendPlain(b []byte, r *http.Request) (request []byte, ok bool) {
	switch {
	case r.URL.Scheme != "http", r.URL.Host == "", r.Body != nil && r.Body != http.NoBody, r.Close, len(r.Trailer) > 0, len(r.TransferEncoding) > 0:
		return b, false
	case r.Method == "" || r.Method == http.MethodConnect || strings.IndexFunc(r.Method, notToken) >= 0:
		return b, false
	}
	host, target := hostOf(r), r.URL.RequestURI()
	if !plainHost(host) || !plainTarget(target) {
		return b, false
	}
	for _, part := range [...]string{r.Method, " ", target, " HTTP/1.1\r\nHost: ", host, "\r\n"} {
		b = append(b, part...)
	}
	if b, ok = appendHeaders(b, r.Header); !ok {
		return b, false
	}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		b = append(b, "Content-Length: 0\r\n"...)
	}
	return append(b, "\r\n"...), true
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

// appendHeaders appends headers. ok is false if one of them must not be sent, or asks for
// more than an answer.
func appendHeaders(b []byte, h http.Header) (lines []byte, ok bool) {
	for name, values := range h {
		if !web.ValidHeader(name, values) {
			return b, false
		}
		switch name {
		case "Upgrade", "Expect", "Connection":
			return b, false
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue
		case "User-Agent": // an empty one is none
			if len(values) == 0 || values[0] == "" {
				continue
			}
			values = values[:1]
		}
		for _, v := range values {
			b = append(append(b, name...), ": "...)
			b = append(append(b, v...), "\r\n"...)
		}
	}
	return b, true
}

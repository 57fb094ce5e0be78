package plainhttp

import (
	"bytes"
	"maps"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/web"
)

// plainHead reports whether there is one way only to read the lines of a head: it is a GET
// or HEAD of a path, each line ends with CRLF, and none is continued (RFC 9112 §2.2, §5.2).
func plainHead(head []byte) bool {
	if !bytes.HasPrefix(head, []byte("GET /")) && !bytes.HasPrefix(head, []byte("HEAD /")) {
		return false
	}
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte("\r\n"))
		if bytes.IndexByte(line, '\n') >= 0 || bytes.IndexByte(line, '\r') >= 0 || len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			return false
		}
		head = rest
	}
	return true
}

// usual reports whether a request is one for the short road: a GET or HEAD of HTTP/1.1, to
// a path of a host, without a body, that asks for nothing but an answer. What net/http's
// server would refuse is not usual, so that it does.
func usual(r *http.Request) bool { return bare(r) && usualHeaders(r.Header) }

// changes reports whether a request is usual, but for asking that its connection changes
// its protocol (RFC 9110 §7.8).
func changes(r *http.Request) bool {
	if len(r.Header["Upgrade"]) != 1 || !httpguts.HeaderValuesContainsToken(r.Header["Connection"], "Upgrade") {
		return false
	}
	rest := maps.Clone(r.Header)
	delete(rest, "Upgrade")
	delete(rest, "Connection")
	return bare(r) && usualHeaders(rest)
}

// bare is usual, for all but the headers.
func bare(r *http.Request) bool {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead, r.ProtoMajor != 1, r.ProtoMinor != 1, r.Close:
		return false
	case r.Body != http.NoBody, r.ContentLength != 0, len(r.TransferEncoding) > 0, len(r.Trailer) > 0:
		return false
	case r.Host == "", !httpguts.ValidHostHeader(r.Host), !strings.HasPrefix(r.RequestURI, "/"), r.URL.Host != "":
		return false
	}
	return true
}

func usualHeaders(h http.Header) bool {
	for name, values := range h {
		switch name {
		case "Content-Length", "Expect", "Http2-Settings", "Trailer", "Transfer-Encoding", "Upgrade":
			return false
		case "Connection":
			if len(values) != 1 || !strings.EqualFold(values[0], "keep-alive") {
				return false
			}
		}
		if !web.ValidHeader(name, values) {
			return false
		}
	}
	return true
}

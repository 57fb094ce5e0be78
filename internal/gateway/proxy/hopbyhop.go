package proxy

import (
	"net/http"
	"net/textproto"
	"strings"
)

// hopByHop are the headers that concern one connection alone (RFC 9110 §7.6.1), and
// those that pass for such headers.
var hopByHop = []string{
	"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// dropHopByHop removes the headers that concern one connection alone.
func dropHopByHop(h http.Header) {
	dropNamed(h, h["Connection"])
	for _, name := range hopByHop {
		delete(h, name)
	}
}

// dropNamed removes the headers that the values of a header Connection name.
func dropNamed(h http.Header, connection []string) {
	for _, value := range connection {
		for name := range strings.SplitSeq(value, ",") {
			delete(h, headerNamed(name))
		}
	}
}

// headerNamed returns the name that an element of a header Connection names.
func headerNamed(element string) string {
	return http.CanonicalHeaderKey(textproto.TrimString(element))
}

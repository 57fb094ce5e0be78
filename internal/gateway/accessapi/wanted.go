package accessapi

import (
	"net/url"
	"strings"
)

// maxWanted is the longest address that a person is brought back to.
const maxWanted = 8 << 10

// wantedPath reads the parameter redirect_url: a path of the same application,
// with or without a query. Everything that a browser could take for another
// host is refused; so are our own paths, since coming back to one of them
// would sign the person out, or go round. "" means the application's root.
func wantedPath(text string) (string, error) {
	if text == "" {
		return "/", nil
	}
	if len(text) > maxWanted || text[0] != '/' || strings.HasPrefix(text, "//") ||
		strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f || r == '#' || r == 0xfffd }) >= 0 {
		return "", ErrRedirect
	}
	u, err := url.ParseRequestURI(text)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.Contains(u.Path, "\\") {
		return "", ErrRedirect
	}
	if strings.HasPrefix(u.Path, "//") || strings.HasPrefix(u.Path, pathAccess) {
		return "", ErrRedirect
	}
	return u.RequestURI(), nil
}

package accessapi

import (
	"net/url"
	"strings"

	"gatehouse/internal/gateway/authenticate"
)

// wantedPath returns the path and query of the parameter redirect_url, which
// must be a path of the same application. An empty parameter means "/".
//
// It refuses every text that a browser could read as an address at another
// host. It also refuses our own paths, however they are spelled: a return to one
// of them could sign the person out, or start the sign-in again without end.
func wantedPath(text string) (string, error) {
	if text == "" {
		return "/", nil
	}
	if len(text) > authenticate.MaxPage || text[0] != '/' || strings.HasPrefix(text, "//") ||
		strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f || r == '#' || r == 0xfffd }) >= 0 {
		return "", ErrRedirect
	}
	u, err := url.ParseRequestURI(text)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.Contains(u.Path, "\\") {
		return "", ErrRedirect
	}
	if ours, _ := spelled(u); ours || strings.HasPrefix(u.Path, "//") {
		return "", ErrRedirect
	}
	return u.RequestURI(), nil
}

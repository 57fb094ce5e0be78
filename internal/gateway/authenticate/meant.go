package authenticate

import (
	"net/http"
	"strings"

	"gatehouse/internal/base/fault"
)

// ErrNotMeant refuses to sign out for a request that no person made: a page can
// make a browser load the address as an image, in a frame, or ahead of time.
var ErrNotMeant = fault.New(fault.Denied, "sign_out_not_meant", "To sign out, open this address in a window of your browser.")

// Meant tells what a request to sign out is worth. It returns true if the person
// came from a page of the same host or by the address itself, false if they must
// be asked first, and ErrNotMeant if the browser does not show the answer.
//
// Browsers say all this in headers (Fetch Metadata). Without TLS, and if they are
// old, they don't: an image can't be told from the address bar, and the person is
// asked. Programs are believed.
func Meant(r *http.Request) (bool, error) {
	if strings.Contains(r.Header.Get("Sec-Purpose")+r.Header.Get("Purpose"), "prefetch") {
		return false, ErrNotMeant
	}
	if r.Method == http.MethodPost {
		err := http.NewCrossOriginProtection().Check(r)
		return err == nil, nil
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false, ErrNotMeant
	}
	if dest := r.Header.Get("Sec-Fetch-Dest"); dest != "" && dest != "document" {
		return false, ErrNotMeant
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true, nil
	case "":
		return !ByBrowser(r), nil
	}
	return false, nil
}

// ByBrowser reports whether a web browser sent a request: all of them, and hardly a
// program, call themselves Mozilla or say where the request comes from.
func ByBrowser(r *http.Request) bool {
	return strings.HasPrefix(r.UserAgent(), "Mozilla/") || r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != ""
}

// ClearCache makes the browser forget the pages of a host that it has cached: the
// next person at the browser must not see them.
func ClearCache(h http.Header) { h.Set("Clear-Site-Data", `"cache"`) }

package proxy

import (
	"net/http"
	"strconv"
	"strings"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
)

// form is the form of one of the gateway's own answers.
type form int

const (
	formHTML form = iota
	formJSON
	formPlain
	formGRPC
	formKubernetes // a Status object, for kubectl and its like
)

// formOf returns the form of an answer that the client prefers. Between equal
// weights it takes the one that the client names most exactly, and then HTML.
// It returns HTML if Accept is missing or unreadable.
func formOf(r *http.Request) form {
	if web.SpeaksGRPC(r) {
		return formGRPC
	}
	if kubernetesClient(r) {
		return formKubernetes
	}
	if authenticate.ByScript(r) {
		return formJSON
	}
	accept := strings.Join(r.Header["Accept"], ",")
	best, quality, specific := formHTML, 0.0, -1
	for _, offer := range []struct {
		form      form
		kind, sub string
	}{{formHTML, "text", "html"}, {formJSON, "application", "json"}, {formPlain, "text", "plain"}} {
		q, s := acceptQuality(accept, offer.kind, offer.sub)
		if q > quality || q == quality && s > specific {
			best, quality, specific = offer.form, q, s
		}
	}
	if quality == 0 && accept != "" {
		return formPlain // the client wants an image or a script, and shows no page
	}
	return best
}

// formForProgram is formOf for an answer to a program: one that names no form gets
// JSON and no page.
func formForProgram(r *http.Request) form {
	if f := formOf(r); f != formHTML || namesHTML(r) {
		return f
	}
	return formJSON
}

// namesHTML reports whether a client asks for HTML by name, as browsers do and
// programs do not.
func namesHTML(r *http.Request) bool {
	_, specific := acceptQuality(strings.Join(r.Header["Accept"], ","), "text", "html")
	return specific == 2
}

// acceptQuality returns the weight that Accept gives a type, by its most
// specific range, and how specific that was: -1 if there is none
// (RFC 9110 §12.5.1).
func acceptQuality(accept, kind, sub string) (quality float64, specific int) {
	specific = -1
	for item := range strings.SplitSeq(accept, ",") {
		parts := strings.Split(item, ";")
		t, s, ok := strings.Cut(strings.ToLower(strings.TrimSpace(parts[0])), "/")
		level := -1
		switch {
		case !ok:
		case t == kind && s == sub:
			level = 2
		case t == kind && s == "*":
			level = 1
		case t == "*" && s == "*":
			level = 0
		}
		if level > specific {
			specific, quality = level, weight(parts[1:])
		}
	}
	return quality, specific
}

func weight(params []string) float64 {
	for _, p := range params {
		if v, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(p)), "q="); ok {
			q, err := strconv.ParseFloat(v, 64)
			if err != nil || q < 0 || q > 1 {
				return 0
			}
			return q
		}
	}
	return 1
}

// mayRedirect reports whether the client is a browser that opens a page, so that
// it can be sent to sign in. Pomerium: the best match of Accept is HTML, it is no
// gRPC, and has no credential of ours. A browser also says whether it navigates:
// the fetch of a script can't follow a redirect to another origin.
func mayRedirect(r *http.Request) bool {
	if formOf(r) != formHTML || credentialOf(r) != "" {
		return false
	}
	mode := r.Header.Get("Sec-Fetch-Mode")
	return mode == "" || mode == "navigate"
}

package proxy

import (
	"net/http"

	"gatehouse/internal/base/fault"
)

// ErrRewrite says that a route's rewrite rules made no usable path of a request's.
var ErrRewrite = fault.New(fault.Invalid, "rewrite_failed", "The address of the page can't be translated for the application.")

// answerFixed answers a request to a route that redirects or has a fixed
// response.
func (f *forwarder) answerFixed(w http.ResponseWriter, r *http.Request, x *exchange) error {
	setResponseHeaders(w.Header(), x.route)
	keepPersonal(w.Header(), x)
	if x.route.Redirect != nil {
		to, status, err := x.route.RedirectURL(f.publicURL(r, x.host), x.cleaned)
		if err != nil {
			return ErrRewrite.Because(err)
		}
		w.Header().Set("Location", to)
		w.WriteHeader(status)
		return nil
	}
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(x.route.Response.Status)
	_, err := w.Write([]byte(x.route.Response.Body))
	return ignoreGone(err)
}

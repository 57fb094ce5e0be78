package proxy

import (
	"net/http"

	"gatehouse/internal/base/fault"
)

// ErrRewrite says that a route's rewriting made no usable address of a request.
var ErrRewrite = fault.New(fault.Invalid, "rewrite_failed", "The address of the page can't be translated for the application.")

// answerFixed answers for a route that redirects or has a fixed response.
func (c *compiled) answerFixed(w http.ResponseWriter, r *http.Request, x *exchange) error {
	c.setResponseHeaders(w.Header(), x.route)
	if x.route.Redirect != nil {
		to, status, err := x.route.RedirectURL(c.publicURL(r, x.host), x.cleaned)
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

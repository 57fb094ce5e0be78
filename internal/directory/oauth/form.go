package oauth

import (
	"io"
	"mime"
	"net/http"
	"net/url"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
)

// Faults of a request's form.
var (
	errForm      = fault.New(fault.Invalid, "oauth_form", "The request must be a form with each parameter once.")
	errParameter = fault.New(fault.Invalid, "oauth_parameter", "A required parameter is missing.")
)

// readForm reads the parameters of a POST from its body alone. It ignores the
// query, which is written to logs and so must not hold a secret.
// RFC 6749 §2.3.1, §3.2.
func readForm(r *http.Request) (url.Values, error) {
	if !isForm(r) {
		return nil, errForm
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, web.BodyError(err, errForm)
	}
	return parseForm(string(body))
}

// isForm reports whether the body of a request says that it is a form.
func isForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/x-www-form-urlencoded"
}

// parseForm reads a form. It refuses a form that has a parameter twice, because
// two programs that read it could each take another value. Its errors show
// nothing of the form.
func parseForm(body string) (url.Values, error) {
	form, err := url.ParseQuery(body)
	if err != nil {
		return nil, errForm
	}
	for _, values := range form {
		if len(values) > 1 {
			return nil, errForm
		}
	}
	return form, nil
}

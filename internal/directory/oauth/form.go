package oauth

import (
	"io"
	"mime"
	"net/http"
	"net/url"

	"gatehouse/internal/base/fault"
)

// Faults of a request's form.
var (
	errForm      = fault.New(fault.Invalid, "oauth_form", "The request must be a form with each parameter once.")
	errParameter = fault.New(fault.Invalid, "oauth_parameter", "A required parameter is missing.")
)

// maxForm is far above the longest form: a code or a token, and a verifier.
const maxForm = 64 << 10

// readForm reads the parameters of a POST from its body alone: the address of a
// request ends in logs, and a secret does not belong there.
// RFC 6749 §2.3.1, §3.2.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, errForm
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if err != nil {
		return nil, errForm.Because(err)
	}
	return parseForm(string(body))
}

// parseForm refuses a parameter that is there twice: of two readers, each might
// take another one. Errors show nothing of the form.
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

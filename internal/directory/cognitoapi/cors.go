package cognitoapi

import (
	"net/http"
	"strings"
)

// allowedHeaders are the headers that a preflight request allows if it names none
// itself.
const allowedHeaders = "content-type,x-amz-target,x-amz-user-agent,cache-control,authorization,x-amz-date," +
	"x-amz-security-token,x-amz-content-sha256,amz-sdk-invocation-id,amz-sdk-request,x-amz-api-version,x-amzn-trace-id"

// maxRequestedHeaders is how long a list of headers may be that a preflight request
// names.
const maxRequestedHeaders = 4096

// allowOrigin lets scripts of any origin read the response. That is safe: the API
// takes no cookies, so a page can do no more than its own program could.
func allowOrigin(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") == "" {
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date")
}

// preflight answers a CORS preflight request as the service does.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "POST")
	h.Set("Access-Control-Max-Age", "172800")
	h.Set("Access-Control-Allow-Headers", headersAsked(r))
	w.WriteHeader(http.StatusOK)
}

// headersAsked returns the headers that a preflight request names, without those
// that are no valid names.
func headersAsked(r *http.Request) string {
	asked := r.Header.Get("Access-Control-Request-Headers")
	var names []string
	if len(asked) <= maxRequestedHeaders {
		for name := range strings.SplitSeq(asked, ",") {
			if name = strings.TrimSpace(name); isToken(name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return allowedHeaders
	}
	return strings.Join(names, ",")
}

// isToken reports whether s is a valid name of a header (RFC 9110 §5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 {
			continue
		}
		return false
	}
	return s != ""
}

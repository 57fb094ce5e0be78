package accessapi

import (
	"errors"
	"net/http"

	"gatehouse/internal/base/web"
)

// envelope is the JSON object around every answer of the management API.
type envelope struct {
	Success    bool        `json:"success"`
	Errors     []message   `json:"errors"`
	Messages   []message   `json:"messages"`
	Result     any         `json:"result"`
	ResultInfo *resultInfo `json:"result_info,omitempty"`
}

// message is one error, or one warning.
type message struct {
	Code    int     `json:"code"`
	Message string  `json:"message"`
	Source  *source `json:"source,omitempty"` // nil: not one part of the body
}

// source is the part of the body that a message is about.
type source struct {
	Pointer string `json:"pointer"` // RFC 6901
}

// resultInfo says which page of a list the answer is.
type resultInfo struct {
	Page       int `json:"page"`
	PerPage    int `json:"per_page"`
	Count      int `json:"count"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages"`
}

// answer writes a result. info is nil unless the result is a page of a list.
func answer(w http.ResponseWriter, status int, result any, info *resultInfo) error {
	writeJSON(w, status, envelope{Success: true, Errors: []message{}, Messages: []message{}, Result: result, ResultInfo: info})
	return nil
}

// renderAPI writes an error of the management API.
func (a *API) renderAPI(w http.ResponseWriter, r *http.Request, err error) {
	f, text := failureOf(err)
	problems := []problem{{text: text}}
	if body, ok := errors.AsType[*invalidBody](err); ok {
		problems = body.problems
	}
	out := envelope{Errors: []message{}, Messages: []message{}}
	for _, p := range problems {
		m := message{Code: f.code, Message: codeText(f, p.text, web.RequestID(r.Context()))}
		if p.pointer != "" {
			m.Source = &source{p.pointer}
		}
		out.Errors = append(out.Errors, m)
	}
	if f.status == http.StatusServiceUnavailable {
		web.RetryLater(w.Header())
	}
	writeJSON(w, f.status, out)
}

// codeText returns a message in Cloudflare's form: the name of the code, then
// the detail.
func codeText(f failure, text, requestID string) string {
	switch f.code {
	case 12130:
		return "access.api.error.invalid_request: " + text
	case 12135:
		return "access.api.error.not_found: " + text
	case internal.code:
		if requestID != "" {
			text += " Request " + requestID + "."
		}
		return "access.api.error.internal: " + text
	}
	return text
}

package accessapi

import (
	"errors"
	"net/http"
	"strings"

	"gatehouse/internal/base/web"
)

// envelope is what every answer of the management API is wrapped in.
type envelope struct {
	Success    bool        `json:"success"`
	Errors     []message   `json:"errors"`
	Messages   []message   `json:"messages"`
	Result     any         `json:"result"`
	ResultInfo *resultInfo `json:"result_info,omitempty"`
}

type message struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// resultInfo says which part of a list an answer is.
type resultInfo struct {
	Page       int `json:"page"`
	PerPage    int `json:"per_page"`
	Count      int `json:"count"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages"`
}

func answer(w http.ResponseWriter, status int, result any, info *resultInfo) error {
	writeJSON(w, status, envelope{Success: true, Errors: []message{}, Messages: []message{}, Result: result, ResultInfo: info})
	return nil
}

// renderAPI writes an error of the management API.
func (a *API) renderAPI(w http.ResponseWriter, r *http.Request, err error) {
	f, text := failureOf(err)
	texts := []string{text}
	if many, ok := errors.AsType[*invalid](err); ok {
		texts = many.texts
	}
	out := envelope{Errors: []message{}, Messages: []message{}}
	for _, text := range texts {
		out.Errors = append(out.Errors, message{f.code, codeText(f, text, web.RequestID(r.Context()))})
	}
	writeJSON(w, f.status, out)
}

// codeText is a message as Cloudflare writes it: the name of the code, then
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

// invalid is ErrBody with everything that is wrong, one text each.
type invalid struct{ texts []string }

func (e *invalid) Error() string { return strings.Join(e.texts, "; ") }
func (e *invalid) Unwrap() error { return ErrBody }

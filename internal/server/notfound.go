package server

import (
	"encoding/json"
	"net/http"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
)

// unanswered answers what the directory's hosts have no endpoint for: a path
// that does not exist, or a method that the path does not take. Browsers get a
// page, programs JSON in the form of the protocol that they speak.
type unanswered struct {
	home string // where the page's button leads; "": no button
}

func (u unanswered) render(w http.ResponseWriter, r *http.Request, status int) {
	switch {
	case r.Header.Get("X-Amz-Target") != "":
		w.Header().Set("x-amzn-ErrorType", "UnknownOperationException:")
		writeRefusal(w, status, map[string]string{"__type": "UnknownOperationException", "message": "The user pools API answers POST requests to the path / only."})
	case web.WantsPage(r):
		if err := page.Write(w, status, u.page(r.Method, r.URL.Path, status, web.RequestID(r.Context()))); err != nil {
			web.NoteError(r.Context(), err)
		}
	default: // RFC 6749 §5.2
		writeRefusal(w, status, map[string]string{"error": "invalid_request", "error_description": refusalText(r.Method, status)})
	}
}

// refusalText shows nothing of the path: anybody can write a link to it.
func refusalText(method string, status int) string {
	if status == http.StatusMethodNotAllowed {
		return "This address does not answer " + method + " requests."
	}
	return "Nothing answers at this address."
}

func (u unanswered) page(method, path string, status int, requestID string) page.Doc {
	e := page.Error{
		Title: "There is no such page", Text: refusalText(method, status), RequestID: requestID,
		Advice: "Check the address. To sign in, open your application: it brings you to the right page.",
	}
	switch {
	case path == "/":
		e.Title, e.Text = "Start from your application", "This host signs people in, and has no start page of its own."
	case status == http.StatusMethodNotAllowed:
		e.Title, e.Advice = "This address is for programs", "There is nothing to see here. To sign in, open your application: it brings you to the right page."
	}
	if u.home != "" {
		e.Retry = &page.Link{Label: "To the start page", Href: u.home}
	}
	return e.Doc()
}

func writeRefusal(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away can't be told
}

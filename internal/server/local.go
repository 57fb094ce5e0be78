package server

import (
	"net/http"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
)

// onThisMachine shows the pages of development to clients on this machine only,
// whatever host they ask for. The outbox has the codes of all users, and the
// start page has passwords.
func onThisMachine(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hostname.IsLoopback(hostname.Of(r.RemoteAddr)) {
			pages.ServeHTTP(w, r)
			return
		}
		if err := page.Write(w, http.StatusForbidden, notThisMachinePage(web.RequestID(r.Context()))); err != nil {
			web.NoteError(r.Context(), err)
		}
	})
}

func notThisMachinePage(requestID string) page.Doc {
	return page.Error{
		Title: "Only for this machine", Text: "These pages show codes and passwords, and answer only on the machine that Gatehouse runs on.",
		Advice: "Open them in a browser on that machine.", RequestID: requestID,
	}.Doc()
}

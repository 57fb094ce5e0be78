package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/sigv4"
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

// refuseForeignPages refuses requests that web pages of other sites send. If any
// access key is accepted, only the browser's header Origin (RFC 6454 §7) tells a
// web page that is open on the developer's machine from the developer's program.
func refuseForeignPages(authenticate authenticator) authenticator {
	return func(ctx context.Context, r *http.Request, body []byte) (cognitoapi.Caller, error) {
		for _, origin := range r.Header["Origin"] {
			if u, err := url.Parse(origin); err != nil || !hostname.IsLoopback(u.Hostname()) {
				web.Note(ctx, slog.String("origin", origin))
				return cognitoapi.Caller{}, sigv4.ErrUnrecognizedClient
			}
		}
		return authenticate(ctx, r, body)
	}
}

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

// What development gives away, it gives to this machine alone.

// onThisMachine shows pages to clients of this machine only, whatever host
// they ask for: the outbox has everybody's codes, the start page passwords.
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

// fromHere refuses what a page of the web sends: where any access key signs,
// nothing but the browser's word (Origin, RFC 6454 §7) tells such a page, open
// on the developer's machine, from a program of the developer.
func fromHere(authenticate authenticator) authenticator {
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

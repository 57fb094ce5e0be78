package server

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/userpool"
)

// foreignPages keeps the web pages of other sites from a directory for
// development, which may accept any access key. Only what the browser says tells
// a page that is open on the developer's machine from the developer's program.
type foreignPages struct {
	pools *userpool.Engine
	log   *slog.Logger
}

// fromOwnPages keeps foreign pages from h in development.
func (s *Server) fromOwnPages(o *Options, h http.Handler) http.Handler {
	if o.Dev == nil || s.directory == nil {
		return h
	}
	return foreignPages{s.directory.pools, o.Log}.refuse(h)
}

// refuse refuses the requests of foreign pages before next sees them.
func (f foreignPages) refuse(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.allows(r) {
			next.ServeHTTP(w, r)
			return
		}
		origin := strings.Join(r.Header["Origin"], " ")
		f.log.WarnContext(r.Context(), "refused the request of a web page of another site", slog.String("origin", origin), slog.String("path", r.URL.Path))
		answerAsAsked(w, r, http.StatusForbidden, cognitoapi.ErrForeignPage, foreignPage(web.RequestID(r.Context())))
	})
}

// allows reports whether a request comes from a program, from a page of the
// directory's own, from a page on this machine, or from a page of an application
// whose callback URL is registered. Links and forms of other sites that read
// (GET) stay: signing in begins with one.
func (f foreignPages) allows(r *http.Request) bool {
	site, origins := r.Header.Get("Sec-Fetch-Site"), r.Header["Origin"]
	if site == "same-origin" { // also where a page's policy makes its Origin null
		return true
	}
	if len(origins) == 0 {
		return site != "cross-site" || r.Method == http.MethodGet || r.Method == http.MethodHead
	}
	for _, origin := range origins {
		if !f.knows(r, origin) {
			return false
		}
	}
	return true
}

func (f foreignPages) knows(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	if hostname.IsLoopback(u.Hostname()) || strings.EqualFold(u.Host, r.Host) {
		return true
	}
	registered, err := f.pools.HasCallbackAt(r.Context(), origin)
	if err != nil {
		web.NoteError(r.Context(), err)
	}
	return registered && err == nil
}

// answerAsAsked refuses a request in the form that its sender reads: calls of the
// API get the API's error, those of gRPC a status of gRPC, and everybody else a page.
func answerAsAsked(w http.ResponseWriter, r *http.Request, status int, err error, doc page.Doc) {
	if r.Header.Get("X-Amz-Target") != "" {
		cognitoapi.Refuse(w, r, err)
		return
	}
	if web.SpeaksGRPC(r) {
		web.RefuseGRPC(w, r, status, doc.Title)
		return
	}
	if err := page.Write(w, status, doc); err != nil {
		web.NoteError(r.Context(), err)
	}
}

func foreignPage(requestID string) page.Doc {
	return page.Error{
		Title: "Refused: a page of another site", Text: "In development, Gatehouse answers pages on this machine and pages of registered applications only.",
		Advice: "Open your application at localhost, or register a callback URL at its address with an app client.", RequestID: requestID,
	}.Doc()
}

package server

import (
	"cmp"
	"net/http"
	"strings"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/kms"
)

// atOwnHost answers the directory's own host: the API, the pools under their
// issuers, uploads, and in development the console.
func (d *directory) atOwnHost(o *Options, s *Server) http.Handler {
	uploads := &cognitoapi.Uploads{Imports: d.imports}
	return underPath(o.Config.Directory.URL.Path, uploads.Before(web.Within(workLimit, d.ownEndpoints(o, s))))
}

func (d *directory) ownEndpoints(o *Options, s *Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{$}", d.post)
	mux.Handle("OPTIONS /{$}", d.api)
	d.mount(mux)
	if o.Dev == nil {
		return web.WithFallback(mux, unanswered{}.render)
	}
	pages := onThisMachine(s.console(o))
	mux.Handle("GET /{$}", pages)
	return underConsole(pages, web.WithFallback(mux, unanswered{home: "/"}.render))
}

// post answers the two services of AWS that have one address.
func (d *directory) post(w http.ResponseWriter, r *http.Request) {
	if kms.Asked(r) {
		d.kms.ServeHTTP(w, r)
		return
	}
	d.api.ServeHTTP(w, r)
}

// underPath removes path, the path of the directory's URL, from requests before h
// sees them. Other requests are unanswered.
func underPath(path string, h http.Handler) http.Handler {
	prefix := strings.TrimSuffix(path, "/")
	if prefix == "" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != prefix && !strings.HasPrefix(r.URL.Path, prefix+"/") {
			unanswered{}.render(w, r, http.StatusNotFound)
			return
		}
		h.ServeHTTP(w, withoutPrefix(r, prefix))
	})
}

// withoutPrefix returns a request whose path, which has the prefix, begins after
// it. The prefix alone, as clients send it whose endpoint ends without a slash, is
// the same as with the slash.
func withoutPrefix(r *http.Request, prefix string) *http.Request {
	u := *r.URL
	u.Path = cmp.Or(strings.TrimPrefix(u.Path, prefix), "/")
	rest, plain := strings.CutPrefix(u.RawPath, prefix)
	if u.RawPath = rest; !plain || rest == "" {
		u.RawPath = "" // the escapes were in the prefix
	}
	under := r.WithContext(r.Context())
	under.URL = &u
	return under
}

// underConsole sends the paths of the console to pages before next sees them: they
// have the form of the paths under the issuer of a pool.
func underConsole(pages, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/console" || strings.HasPrefix(r.URL.Path, "/console/") {
			pages.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

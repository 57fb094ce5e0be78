package server

import (
	"net/http"
	"strings"

	"gatehouse/internal/base/web"
)

// atOwnHost answers the directory's own host: the API, the pools under their
// issuers, and in development the console.
func (d *directory) atOwnHost(o *Options, s *Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /{$}", d.api)
	mux.Handle("OPTIONS /{$}", d.api)
	d.mount(mux)
	if o.Dev == nil {
		return underPath(o.Config.Directory.URL.Path, web.WithFallback(mux, unanswered{}.render))
	}
	pages := onThisMachine(s.console(o))
	mux.Handle("GET /{$}", pages)
	h := underConsole(pages, web.WithFallback(mux, unanswered{home: "/"}.render))
	return underPath(o.Config.Directory.URL.Path, h)
}

// underPath removes path, the path of the directory's URL, from requests before h
// sees them. Other requests are unanswered.
func underPath(path string, h http.Handler) http.Handler {
	prefix := strings.TrimSuffix(path, "/")
	if prefix == "" {
		return h
	}
	under := http.StripPrefix(prefix, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, prefix+"/") {
			unanswered{}.render(w, r, http.StatusNotFound)
			return
		}
		under.ServeHTTP(w, r)
	})
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

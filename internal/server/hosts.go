package server

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
)

// hosts answers each host of the installation with what serves it. The
// directory's own come before the gateway's: a route of many hosts
// (https://*.example.com) must not get the passwords that are sent there. A
// route's very name is the route's: the API must not take it with a domain.
func (s *Server) hosts(o *Options) http.Handler {
	front := http.NewServeMux()
	front.HandleFunc("GET /healthz", s.healthz)
	front.HandleFunc("GET /readyz", s.readyz)
	var own http.Handler
	var domains http.Handler
	var ownHost, suffix string
	if s.directory != nil {
		own, domains = s.directory.atOwnHost(o, s), s.directory.atDomains()
		ownHost, suffix = hostname.Of(o.Config.Directory.URL.Host), "."+strings.ToLower(o.Config.Directory.DomainSuffix)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := web.Host(r)
		switch {
		case own != nil && host == ownHost && !isProbe(r):
			own.ServeHTTP(w, r)
		case domains != nil && suffix != "." && strings.HasSuffix(host, suffix) && !s.gateway.names(host) && !isProbe(r) && s.directory.hasDomain(r):
			domains.ServeHTTP(w, r)
		case s.gateway != nil && s.gateway.access != nil && host == hostname.Of(s.gateway.access.host) && !s.gateway.gateway.Serves(host):
			s.gateway.access.api.Handler().ServeHTTP(w, r)
		case s.gateway != nil && s.gateway.gateway.Serves(host):
			s.gateway.gateway.ServeHTTP(w, r)
		case isProbe(r):
			front.ServeHTTP(w, r)
		case domains != nil && s.directory.hasDomain(r):
			domains.ServeHTTP(w, r)
		default:
			noSuchHost(w, r)
		}
	})
}

func isProbe(r *http.Request) bool {
	return r.URL.Path == "/healthz" || r.URL.Path == "/readyz"
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) { writeProbe(w, http.StatusOK, "ok") }

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if err := s.Ready(r.Context()); err != nil {
		web.NoteError(r.Context(), err)
		writeProbe(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	writeProbe(w, http.StatusOK, "ready")
}

func writeProbe(w http.ResponseWriter, status int, say string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": say})
}

// noSuchHost answers requests for a host that no part of the installation has.
// RFC 9110 §15.5.20.
func noSuchHost(w http.ResponseWriter, r *http.Request) {
	d := noSuchHostPage(web.Host(r), web.RequestID(r.Context()))
	if err := page.Write(w, http.StatusMisdirectedRequest, d); err != nil {
		web.NoteError(r.Context(), err)
	}
}

func noSuchHostPage(host, requestID string) page.Doc {
	return page.Error{
		Title: "Nothing answers here", Text: "No part of this installation has the host name " + host + ".",
		Advice: "Check the address. The people who run this installation find its host names in the configuration.", RequestID: requestID,
	}.Doc()
}

// atOwnHost answers the directory's own host: the API, the pools under their
// issuers, and in development the console.
func (d *directory) atOwnHost(o *Options, s *Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /{$}", d.api)
	mux.Handle("OPTIONS /{$}", d.api)
	d.mount(mux)
	if o.Dev == nil {
		return underPath(o.Config.Directory.URL.Path, web.Otherwise(mux, unanswered{}.render))
	}
	pages := onThisMachine(s.console(o))
	mux.Handle("GET /{$}", pages)
	h := underConsole(pages, web.Otherwise(mux, unanswered{home: "/"}.render))
	return underPath(o.Config.Directory.URL.Path, h)
}

// underPath returns h for requests under path, the path of the directory's own
// address, with that path taken off. Nothing answers beside it.
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

// underConsole takes the console's paths out before others are looked at: they
// have the shape of a pool's paths under its issuer.
func underConsole(pages, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/console" || strings.HasPrefix(r.URL.Path, "/console/") {
			pages.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// makeDir makes the directory for what Gatehouse writes by itself.
func makeDir(dir string) error { return os.MkdirAll(dir, 0o700) }

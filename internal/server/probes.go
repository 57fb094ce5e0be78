package server

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"gatehouse/internal/base/web"
)

// probes answers load balancers and orchestrators on an address of its own.
// Pomerium: /status and /startupz beside the usual two.
func (s *Server) probes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /status", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /startupz", s.readyz)
	return plainly(mux, "This address answers GET /healthz, /readyz, /startupz and /status.")
}

// probesOnly answers the probes on the main address.
func (s *Server) probesOnly() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	return plainly(mux, "The probes answer GET.")
}

// atMetrics answers Prometheus on an address of its own.
func atMetrics(metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	return plainly(mux, "This address answers GET /metrics.")
}

// plainly returns mux, which says what the address answers where mux has no
// handler. Programs read these addresses: a line of text is enough.
func plainly(mux *http.ServeMux, text string) http.Handler {
	return web.WithFallback(mux, func(w http.ResponseWriter, _ *http.Request, status int) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text+"\n") // a client that is gone reads nothing
	})
}

// isProbe reports whether a request asks how the process is. It is answered on
// every host that is not the gateway's.
func isProbe(r *http.Request) bool {
	return r.URL.Path == "/healthz" || r.URL.Path == "/readyz"
}

func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	web.NoteProbe(r.Context())
	writeProbe(w, http.StatusOK, "ok")
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	web.NoteProbe(r.Context())
	err := s.Ready(r.Context())
	if errors.Is(err, ErrEnding) {
		writeProbe(w, http.StatusServiceUnavailable, "the process is about to end")
		return
	}
	if err != nil {
		web.NoteError(r.Context(), err)
		writeProbe(w, http.StatusServiceUnavailable, "the database does not answer, or saves nothing")
		return
	}
	writeProbe(w, http.StatusOK, "ready")
}

func writeProbe(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": text}) // a client that is gone reads nothing
}

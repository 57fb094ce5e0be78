package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// The addresses of the probes and metrics answer an unknown path or method with
// the paths that they know, never with "404 page not found".
func TestUnknownProbesAreAnsweredWithTheKnownOnes(t *testing.T) {
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "go_goroutines 1\n") })
	s := &Server{}
	tests := []struct {
		handler      http.Handler
		method, path string
		status       int
		body         string
	}{
		{s.probes(), "GET", "/healthz", 200, `{"status":"ok"}` + "\n"},
		{s.probes(), "GET", "/status", 200, `{"status":"ok"}` + "\n"},
		{s.probes(), "GET", "/", 404, "This address answers GET /healthz, /readyz, /startupz and /status.\n"},
		{s.probes(), "POST", "/healthz", 405, "This address answers GET /healthz, /readyz, /startupz and /status.\n"},
		{s.probesOnly(), "DELETE", "/readyz", 405, "The probes answer GET.\n"},
		{atMetrics(metrics), "GET", "/metrics", 200, "go_goroutines 1\n"},
		{atMetrics(metrics), "GET", "/", 404, "This address answers GET /metrics.\n"},
		{atMetrics(metrics), "PUT", "/metrics", 405, "This address answers GET /metrics.\n"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		tt.handler.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.status || w.Body.String() != tt.body {
			t.Errorf("%s %s: %d %q, want %d %q", tt.method, tt.path, w.Code, w.Body, tt.status, tt.body)
		}
		if tt.status == 405 && w.Header().Get("Allow") == "" {
			t.Errorf("%s %s: the answer has no Allow header", tt.method, tt.path)
		}
	}
}

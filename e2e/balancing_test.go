package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestUpstreams sends requests to several upstreams of a route: some are gone, some are
// ill, some are at a unix socket.
func TestUpstreams(t *testing.T) {
	t.Parallel()
	well, ill, late := newPatient(t, "well"), newPatient(t, "ill"), newPatient(t, "late")
	ill.broken.Store(true)
	late.sick.Store(true)
	s := newRobots(t, "", strings.NewReplacer("{well}", well.URL, "{ill}", ill.URL, "{late}", late.URL, "{gone}", fmt.Sprintf("http://127.0.0.1:%d", freePort(t)), "{socket}", newSocketUpstream(t)).Replace(`
  - {from: "https://socket.{host}", to: "http+unix://{socket}", allow_public_unauthenticated_access: true}
  - {from: "https://gone.{host}", to: ["{gone}", "{well}"], allow_public_unauthenticated_access: true}
  - from: https://ill.{host}
    to: ["{ill}", "{well}"]
    outlier_detection: {consecutive_5xx: 2, base_ejection_time: 3600s, max_ejection_time: 3600s, max_ejection_percent: 100}
    allow_public_unauthenticated_access: true
  - from: https://checked.{host}
    to: ["{late}", "{well}"]
    health_checks: [{timeout: 5s, interval: 0.05s, healthy_threshold: 1, unhealthy_threshold: 1, http_health_check: {path: /healthz}}]
    allow_public_unauthenticated_access: true
`))
	if got := s.asks(t, "socket"); got != fmt.Sprintf("200 socket for socket.localhost:%d", s.port) {
		t.Errorf("at a unix socket: got %q", got)
	}
	for range 6 { // a request that never left is sent to another upstream, whatever its method
		if got := s.asks(t, "gone"); got != "200 well got hello" {
			t.Errorf("beside an upstream that is gone: got %q, want the other", got)
		}
	}
	failed := 0
	for range 12 {
		if s.asks(t, "ill") != "200 well got hello" {
			failed++
		}
	}
	if failed != 2 {
		t.Errorf("beside an upstream that fails: %d requests failed, want 2, and then none", failed)
	}
	eventually(t, "the upstream that fails its checks to be left out", func() bool {
		return strings.Contains(s.log.String(), "an upstream is left out") && s.asks(t, "checked") == "200 well got hello" && s.asks(t, "checked") == "200 well got hello"
	})
	for range 6 {
		if got := s.asks(t, "checked"); got != "200 well got hello" {
			t.Errorf("beside an upstream that fails its checks: got %q, want the other", got)
		}
	}
	late.sick.Store(false)
	eventually(t, "the upstream to come back", func() bool { return s.asks(t, "checked") == "200 late got hello" })
}

// asks sends a form to a host, and returns the status and the answer.
func (s *robots) asks(t *testing.T, host string) string {
	t.Helper()
	got := send(t, http.MethodPost, fmt.Sprintf("https://%s.localhost:%d/", host, s.port), "hello")
	return fmt.Sprintf("%d %s", got.status, got.body)
}

// patient is an application that may be ill.
type patient struct {
	*httptest.Server
	sick   atomic.Bool // it fails health checks
	broken atomic.Bool // it answers 500
}

func newPatient(t *testing.T, name string) *patient {
	p := &patient{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil:
			return
		case p.broken.Load(), p.sick.Load() && r.URL.Path == "/healthz":
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprintf(w, "%s got %s", name, body)
	}))
	t.Cleanup(p.Close)
	return p
}

// newSocketUpstream starts an application at a unix socket, and returns its path.
func newSocketUpstream(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "app.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: ln, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "socket for "+r.Host)
	})}}
	server.Start()
	t.Cleanup(server.Close)
	return path
}

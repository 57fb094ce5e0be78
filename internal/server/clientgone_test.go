package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/plainhttp"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// statuses is a log handler that passes the status of each request to /wait on.
type statuses struct {
	slog.Handler
	of chan int64
}

func (s statuses) Enabled(context.Context, slog.Level) bool { return true }
func (s statuses) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s statuses) WithGroup(string) slog.Handler            { return s }

func (s statuses) Handle(_ context.Context, r slog.Record) error {
	var status int64
	waited := false
	var see func(a slog.Attr) bool
	see = func(a slog.Attr) bool {
		switch {
		case a.Value.Kind() == slog.KindGroup:
			for _, inner := range a.Value.Group() {
				see(inner)
			}
		case a.Key == "status" || a.Key == "response-code":
			fmt.Sscan(a.Value.String(), &status)
		case a.Key == "path" && a.Value.String() == "/wait":
			waited = true
		}
		return true
	}
	r.Attrs(see)
	if waited && status != 0 {
		s.of <- status
	}
	return nil
}

// However early a client leaves, and whichever request of its connection that is, the log
// has one status for it.
func TestAClientThatLeavesIsLoggedAs499(t *testing.T) {
	asked := make(chan struct{}, 1)
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			io.Copy(io.Discard, r.Body) // or the end of the connection is not noticed
			asked <- struct{}{}
			<-r.Context().Done()
		}
	}))
	t.Cleanup(upstream.Close)
	log := statuses{slog.DiscardHandler, make(chan int64, 9)}
	c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte("data_dir: " + t.TempDir() + "\naddress: \":8443\"\ninsecure_server: true\nroutes:\n  - {from: http://app.example.com, to: " + upstream.URL + ", allow_public_unauthenticated_access: true}\n")})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(t.Context(), server.Options{Config: c, Log: slog.New(log)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := plainhttp.New(s.HTTPServer(c))
	var served sync.WaitGroup
	served.Go(func() { srv.Serve(ln) })
	t.Cleanup(func() {
		srv.Close()
		served.Wait()
	})
	for before := range 4 {
		for _, line := range []string{"GET /wait HTTP/1.1\r\n", "POST /wait HTTP/1.1\r\nContent-Length: 2\r\n"} {
			nc, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			answers := bufio.NewReader(nc)
			for range before {
				io.WriteString(nc, "GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n")
				resp, err := http.ReadResponse(answers, nil)
				if err != nil {
					t.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
			}
			body := ""
			if strings.HasPrefix(line, "POST") {
				body = "ok"
			}
			fmt.Fprintf(nc, "%sHost: app.example.com\r\n\r\n%s", line, body)
			<-asked
			nc.Close()
			select {
			case got := <-log.of:
				if got != 499 {
					t.Errorf("%q after %d requests: the log has %d, want 499", line, before, got)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%q after %d requests: no line in the log", line, before)
			}
		}
	}
}

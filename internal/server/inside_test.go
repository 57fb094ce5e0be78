package server_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/web"
	"gatehouse/internal/server"
)

// A round tripper returns an answer or an error. net/http complains about both.
func TestNobodyGetsTheAnswerOfACallThatWasGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "https://id.example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer := func() (*http.Response, error) {
		return server.Inside(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }), r)
	}
	if resp, err := answer(); err != nil || resp.StatusCode != http.StatusTeapot {
		t.Errorf("got %v, %v, want the answer", resp, err)
	}
	cancel()
	if resp, err := answer(); resp != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v, want no answer and that the call was given up", resp, err)
	}
}

// The gateway asks for a browser whose request has a server. Each sign-in was logged as
// a failure, since the call itself has no connection whose time could be limited.
func TestACallFromInsideHasNoConnection(t *testing.T) {
	ctx := context.WithValue(t.Context(), http.ServerContextKey, &http.Server{})
	for name, limit := range map[string]func(http.ResponseWriter, *http.Request){
		"a form":       func(w http.ResponseWriter, r *http.Request) { new(web.Bodies).Form(w, r) },
		"a large body": func(w http.ResponseWriter, r *http.Request) { web.Steady(w, r, time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(ctx, "POST", "https://id.example.com/", strings.NewReader("token=1"))
			if err != nil {
				t.Fatal(err)
			}
			var lines strings.Builder
			var body []byte
			observed := (&web.Observer{Log: slog.New(slog.NewTextHandler(&lines, nil))}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				limit(w, r)
				body, err = io.ReadAll(r.Body)
			}))
			if _, err := server.Inside(observed, r); err != nil {
				t.Fatal(err)
			}
			if err != nil || string(body) != "token=1" {
				t.Errorf("read %q, %v", body, err)
			}
			if got := lines.String(); !strings.Contains(got, "level=INFO") || strings.Contains(got, "error=") {
				t.Errorf("logged %s", got)
			}
		})
	}
}

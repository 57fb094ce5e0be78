package web_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
)

func TestLocalhostNamesNeedNoResolver(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host) }))
	defer s.Close()
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	client := web.NewClient(web.NewTransport(), 5*time.Second)
	resp, err := client.Get("http://deep.name.localhost:" + port + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("got status %d, want 200", resp.StatusCode)
	}
}

func TestBackChannelCallsFollowNoRedirect(t *testing.T) {
	s := httptest.NewServer(http.RedirectHandler("http://elsewhere.invalid/", http.StatusFound))
	defer s.Close()
	resp, err := web.NewClient(web.NewTransport(), 5*time.Second).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		t.Errorf("got status %d, want 302, the redirect itself", resp.StatusCode)
	}
}

// line sends a request through an observer and returns the log line.
func line(t *testing.T, o web.Observer, r *http.Request, h http.HandlerFunc) (map[string]any, *httptest.ResponseRecorder) {
	t.Helper()
	var log bytes.Buffer
	o.Log = slog.New(slog.NewJSONHandler(&log, nil))
	w := httptest.NewRecorder()
	o.Wrap(h).ServeHTTP(w, r)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	var last map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatalf("log %q: %v", log.String(), err)
	}
	return last, w
}

func TestRequestHasOneLogLine(t *testing.T) {
	var measured string
	o := web.Observer{Measure: func(edge string, status int, _ time.Duration) { measured = fmt.Sprint(edge, status) }}
	r := httptest.NewRequest(http.MethodGet, "http://app.example.com/path?secret=1", nil)
	got, w := line(t, o, r, func(w http.ResponseWriter, r *http.Request) {
		web.NoteEdge(r.Context(), "test")
		web.Note(r.Context(), slog.String("pool", "p"))
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, web.RequestID(r.Context()))
	})
	for k, want := range map[string]any{"edge": "test", "pool": "p", "status": 418.0, "path": "/path", "host": "app.example.com", "level": "INFO"} {
		if got[k] != want {
			t.Errorf("%s = %v, want %v", k, got[k], want)
		}
	}
	if id := w.Header().Get("X-Request-Id"); id == "" || id != got["request_id"] || w.Body.String() != id {
		t.Errorf("request id: %q in the header, %v in the log, %q in the context; want the same id", id, got["request_id"], w.Body)
	}
	if strings.Contains(fmt.Sprint(got), "secret") {
		t.Errorf("the log contains the query: %v", got)
	}
	if measured != "test418" {
		t.Errorf("measured %q", measured)
	}
}

// A handler may write to the connection itself.
func TestStatusOfALine(t *testing.T) {
	for want, h := range map[int]http.HandlerFunc{
		200: func(http.ResponseWriter, *http.Request) {},
		101: func(_ http.ResponseWriter, r *http.Request) { web.NoteStatus(r.Context(), 101) },
		204: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204); web.NoteStatus(r.Context(), 101) },
	} {
		traced := 0
		o := web.Observer{Trace: func(ctx context.Context, _ string) (context.Context, func(int)) {
			return ctx, func(status int) { traced = status }
		}}
		got, _ := line(t, o, httptest.NewRequest(http.MethodGet, "/", nil), h)
		if got["status"] != float64(want) || traced != want {
			t.Errorf("got the status %v in the log and %d in the trace, want %d", got["status"], traced, want)
		}
	}
}

// Probes come every few seconds. Those that go well are of no use in the log.
func TestAProbeIsLoggedForDebugging(t *testing.T) {
	for status, want := range map[int]string{200: "DEBUG", 204: "DEBUG", 405: "INFO", 503: "INFO"} {
		var log strings.Builder
		o := web.Observer{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
		o.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			web.NoteProbe(r.Context())
			w.WriteHeader(status)
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/healthz", nil))
		if !strings.Contains(log.String(), "level="+want) {
			t.Errorf("status %d: got %q, want level %s", status, log.String(), want)
		}
	}
}

func TestDurationIsLoggedInMilliseconds(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	o := web.Observer{Now: func() time.Time { return now }}
	got, _ := line(t, o, httptest.NewRequest(http.MethodGet, "/", nil), func(http.ResponseWriter, *http.Request) {
		now = now.Add(1234567 * time.Nanosecond)
	})
	if got["duration_ms"] != 1.234 {
		t.Errorf("duration_ms = %v, want 1.234; the line is %v", got["duration_ms"], got)
	}
}

var (
	errOurs = fault.New(fault.Denied, "ours", "No.")
	errAway = fault.New(fault.Unavailable, "away", "It is away.")
)

func TestErrorIsLoggedWithItsCause(t *testing.T) {
	for _, tt := range []struct {
		err   error
		level string
	}{{errOurs.Because(errors.New("row 7")), "INFO"}, {errAway.Because(errors.New("row 7")), "WARN"}, {errors.New("row 7"), "ERROR"}} {
		h := web.Handle(func(http.ResponseWriter, *http.Request) error { return tt.err }, func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(499) })
		got, w := line(t, web.Observer{}, httptest.NewRequest(http.MethodGet, "/", nil), h.ServeHTTP)
		if w.Code != 499 || got["level"] != tt.level || !strings.Contains(fmt.Sprint(got["error"]), "row 7") {
			t.Errorf("%v: status %d, line %v, want level %s with the cause", tt.err, w.Code, got, tt.level)
		}
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	got, w := line(t, web.Observer{}, httptest.NewRequest(http.MethodGet, "/", nil), func(http.ResponseWriter, *http.Request) { panic("boom at 0x7f") })
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "boom") || !strings.Contains(w.Body.String(), fmt.Sprint(got["request_id"])) {
		t.Errorf("status %d, body %q", w.Code, w.Body)
	}
}

// People who close a page filled the log with failures of ours.
func TestAClientThatLeftIsNoFailure(t *testing.T) {
	failing := func(w http.ResponseWriter, r *http.Request) {
		web.NoteError(r.Context(), fmt.Errorf("load session: %w", context.Canceled))
		w.WriteHeader(http.StatusInternalServerError)
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	for _, tt := range []struct {
		name, level string
		ctx         context.Context
		status      float64
	}{
		{"the client left", "INFO", ctx, 499},
		{"something else was cancelled", "ERROR", t.Context(), 500},
	} {
		got, _ := line(t, web.Observer{}, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(tt.ctx), failing)
		if got["level"] != tt.level || got["status"] != tt.status {
			t.Errorf("%s: got %v with status %v, want %s with %v", tt.name, got["level"], got["status"], tt.level, tt.status)
		}
	}
}

// One rule says which status is logged of a request whose client left: 499, unless an answer
// was begun.
func TestTheStatusOfAClientThatLeft(t *testing.T) {
	for name, tt := range map[string]struct {
		h      http.HandlerFunc
		status float64
	}{
		"nothing was written": {func(http.ResponseWriter, *http.Request) {}, 499},
		"an answer was begun": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }, 202},
		"a body was begun":    {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("x")) }, 200},
		"it failed": {func(w http.ResponseWriter, r *http.Request) {
			web.NoteError(r.Context(), r.Context().Err())
			w.WriteHeader(503)
		}, 499},
	} {
		ctx, leave := context.WithCancel(t.Context())
		got, _ := line(t, web.Observer{}, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), func(w http.ResponseWriter, r *http.Request) {
			leave()
			tt.h(w, r)
		})
		if got["status"] != tt.status || got["level"] != "INFO" {
			t.Errorf("%s: got %v with the status %v, want %v", name, got["level"], got["status"], tt.status)
		}
	}
}

func TestAbortClosesTheConnectionAndIsLogged(t *testing.T) {
	var log bytes.Buffer
	o := web.Observer{Log: slog.New(slog.NewJSONHandler(&log, nil))}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("recovered %v, want http.ErrAbortHandler", p)
		}
		if !strings.Contains(log.String(), `"msg":"request"`) {
			t.Errorf("want a log line, got %q", log.String())
		}
	}()
	o.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}

func TestForwardedSchemeNeedsATrustedProxy(t *testing.T) {
	for _, tt := range []struct {
		trust bool
		sent  string
		tls   bool
		want  string
	}{
		{false, "https", false, "http"}, {true, "https", false, "https"}, {true, "", false, "http"},
		{true, "javascript", false, "http"}, {false, "http", true, "https"},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://a.example.com/", nil)
		r.Header.Set("X-Forwarded-Proto", tt.sent)
		if tt.tls {
			r.TLS = &tls.ConnectionState{}
		}
		got := ""
		line(t, web.Observer{TrustScheme: tt.trust}, r, func(_ http.ResponseWriter, r *http.Request) { got = web.Scheme(r) })
		if got != tt.want {
			t.Errorf("trust %v, sent %q, TLS %v: %s, want %s", tt.trust, tt.sent, tt.tls, got, tt.want)
		}
	}
}

func TestPublicSchemeIsUsedIfTheProxySendsNone(t *testing.T) {
	for sent, want := range map[string]string{"": "https", "http": "http", "nonsense": "https"} {
		r := httptest.NewRequest(http.MethodGet, "http://a.example.com/", nil)
		r.Header.Set("X-Forwarded-Proto", sent)
		got := ""
		line(t, web.Observer{TrustScheme: true, PublicScheme: "https"}, r, func(_ http.ResponseWriter, r *http.Request) { got = web.Scheme(r) })
		if got != want {
			t.Errorf("sent %q: %s, want %s", sent, got, want)
		}
	}
}

func TestCookiesAreBoundToHostAndTLS(t *testing.T) {
	plain := httptest.NewRequest(http.MethodGet, "http://a.localhost/", nil)
	secure := httptest.NewRequest(http.MethodGet, "https://a.example.com/", nil)
	for _, r := range []*http.Request{plain, secure} {
		w := httptest.NewRecorder()
		name := web.CookieName(r, "session")
		web.SetCookie(w, r, name, "v", time.Hour)
		c := w.Result().Cookies()[0]
		isTLS := r.TLS != nil
		if c.Secure != isTLS || strings.HasPrefix(c.Name, "__Host-") != isTLS || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 3600 {
			t.Errorf("%s: cookie %+v", r.URL, c)
		}
		r.AddCookie(c)
		if !slices.Equal(web.CookieValues(r, name), []string{"v"}) || web.CookieValues(r, "other") != nil {
			t.Errorf("%s: the browser does not send the cookie back", r.URL)
		}
		w = httptest.NewRecorder()
		web.ClearCookie(w, r, name)
		if c := w.Result().Cookies()[0]; c.MaxAge >= 0 {
			t.Errorf("%s: cleared cookie %+v", r.URL, c)
		}
	}
}

func TestNoteOutsideARequestDoesNothing(t *testing.T) {
	web.Note(context.Background(), slog.String("a", "b"))
	web.NoteError(context.Background(), errOurs)
	if id := web.RequestID(context.Background()); id != "" {
		t.Errorf("got the request id %q, want none", id)
	}
}

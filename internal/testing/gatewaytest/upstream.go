package gatewaytest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
)

// UpstreamText is what an [Upstream] answers.
const UpstreamText = "hello from upstream"

// Upstream is an application behind the gateway. It keeps the last request.
// Safe for concurrent use.
type Upstream struct {
	URL *url.URL

	mu  sync.Mutex
	got *http.Request
}

// NewUpstream starts an upstream that ends with the test.
func NewUpstream(t testing.TB) *Upstream {
	t.Helper()
	u := &Upstream{}
	server := httptest.NewServer(u)
	t.Cleanup(server.Close)
	u.URL = MustURL(server.URL)
	return u
}

// ServeHTTP keeps the request, without its body, and answers [UpstreamText].
func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	u.got = r.Clone(context.Background())
	u.mu.Unlock()
	io.WriteString(w, UpstreamText)
}

// Got returns the last request and forgets it. It returns nil if no request came
// since the last call.
func (u *Upstream) Got() *http.Request {
	u.mu.Lock()
	defer u.mu.Unlock()
	r := u.got
	u.got = nil
	return r
}

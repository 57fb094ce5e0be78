package e2e

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/base/web"
)

// newTransport returns a transport that trusts the certificates of this run and
// resolves *.localhost. Its idle connections are closed when the test ends.
func newTransport(t *testing.T) *http.Transport {
	transport := web.NewTransport()
	transport.TLSClientConfig = &tls.Config{RootCAs: suite.authority.pool}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// newClient returns an HTTP client over such a transport. It keeps no cookies and
// follows no redirects.
func newClient(t *testing.T) *http.Client { return web.NewClient(newTransport(t), patience) }

// answer is the response to a request.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request and reads the whole response. The request has a
// connection of its own, because the server may restart before the next one.
func ask(t *testing.T, r *http.Request) answer {
	t.Helper()
	c := newClient(t)
	defer c.CloseIdleConnections()
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// get sends a GET request. Each header has the form "Name: value".
func get(t *testing.T, url string, headers ...string) answer {
	t.Helper()
	return send(t, http.MethodGet, url, "", headers...)
}

// send sends a request with a body. Each header has the form "Name: value".
func send(t *testing.T, method, url, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(bounded(t), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return ask(t, r)
}

// decode parses JSON.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("read JSON: %v\n%s", err, text)
	}
	return v
}

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

// client returns an HTTP client that trusts the certificates of this run and
// resolves *.localhost. It keeps no cookies and follows no redirects.
func client() *http.Client {
	transport := web.NewTransport()
	transport.TLSClientConfig = &tls.Config{RootCAs: suite.authority.pool}
	return web.NewClient(transport, patience)
}

// answer is the response to a request.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request and reads the whole response.
func ask(t *testing.T, r *http.Request) answer {
	t.Helper()
	resp, err := client().Do(r)
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

package e2e

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"testing"
)

// upstream is an application behind the gateway. Its page shows the request.
type upstream struct{ *httptest.Server }

// received is a request as the application received it.
type received struct {
	Method, Host, URI string
	Header            http.Header
}

func newUpstream(t *testing.T) *upstream {
	t.Helper()
	u := &upstream{httptest.NewServer(http.HandlerFunc(echo))}
	t.Cleanup(u.Close)
	return u
}

func echo(w http.ResponseWriter, r *http.Request) {
	seen, err := json.MarshalIndent(received{r.Method, r.Host, r.RequestURI, r.Header}, "", " ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><title>Echo</title><h1>The application</h1><pre id=request>%s</pre>", html.EscapeString(string(seen)))
}

// received returns the request that the page in the browser shows.
func (b *window) received() received {
	b.t.Helper()
	return decode[received](b.t, b.textOf("#request"))
}

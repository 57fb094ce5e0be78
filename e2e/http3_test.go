package e2e

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// TestHTTP3 reaches an application over QUIC, at the port that an answer over TCP names.
func TestHTTP3(t *testing.T) {
	t.Parallel()
	more := make(chan struct{})
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			sum := sha256.New()
			io.Copy(sum, r.Body)
			io.WriteString(w, hex.EncodeToString(sum.Sum(nil)))
			return
		}
		for i := range 3 {
			fmt.Fprintf(w, "event %d for %s over %s\n", i, r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Proto"))
			http.NewResponseController(w).Flush()
			<-more
		}
	}))
	t.Cleanup(app.Close)
	s := newRobots(t, "codec_type: http3", fmt.Sprintf("\n  - {from: 'https://app.{host}', to: %q, allowed_users: [service-account/robot]}\n", app.URL))
	url := fmt.Sprintf("https://app.localhost:%d/", s.port)
	if got, want := get(t, url).header.Get("Alt-Svc"), fmt.Sprintf(`h3=":%d"`, s.port); !strings.HasPrefix(got, want) {
		t.Errorf("over TCP: got Alt-Svc %q, want %s", got, want)
	}
	client := s.overQUIC(t)
	ask := func(method, token string, body io.Reader) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(bounded(t), method, url, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	if resp := ask("GET", s.other, nil); resp.StatusCode != http.StatusForbidden || resp.ProtoMajor != 3 {
		t.Errorf("who may not: got %s %s, want 403 over HTTP/3", resp.Proto, resp.Status)
	}
	sent := strings.Repeat("0123456789abcdef", 200<<10)
	sum := sha256.Sum256([]byte(sent))
	if got, err := io.ReadAll(ask("POST", s.robot, io.MultiReader(strings.NewReader(sent))).Body); err != nil || string(got) != hex.EncodeToString(sum[:]) {
		t.Errorf("an upload of %d bytes: got %.100q and the error %v, want its sum", len(sent), got, err)
	}
	events := ask("GET", s.robot, nil).Body
	for i := range 3 {
		want := fmt.Sprintf("event %d for 127.0.0.1 over https\n", i)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(events, got); err != nil || string(got) != want {
			t.Fatalf("got %q and the error %v, want %q while the answer goes on", got, err, want)
		}
		more <- struct{}{}
	}
	s.stop()
}

// overQUIC returns a client that speaks HTTP/3 alone.
func (s *robots) overQUIC(t *testing.T) *http.Client {
	transport := &http3.Transport{
		TLSClientConfig: &tls.Config{RootCAs: suite.authority.pool},
		Dial: func(ctx context.Context, _ string, tc *tls.Config, qc *quic.Config) (*quic.Conn, error) {
			return quic.DialAddr(ctx, fmt.Sprintf("127.0.0.1:%d", s.port), tc, qc)
		},
	}
	t.Cleanup(func() { transport.Close() })
	return &http.Client{Transport: transport}
}

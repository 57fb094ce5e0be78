package server

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// posted records the bodies of requests, decoded.
type posted struct {
	mu     sync.Mutex
	bodies []string
}

func (p *posted) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	text, err := url.QueryUnescape(string(body))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bodies = append(p.bodies, text)
	return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(nil)), Header: http.Header{}}, err
}

// directory.factor_notices tells users of what they gain, and only it does.
func TestFactorNotices(t *testing.T) {
	for key, want := range map[string]int{"": 0, ", factor_notices: true": 1} {
		c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte("insecure_server: true\ndatabase: 'sqlite::memory:'\ndata_dir: " + t.TempDir() + "\nmaster_key: '" + enginetest.NewMasterKey() +
			"'\ndirectory: {url: 'https://id.example.com', ses: {region: us-east-1, access_key_id: A, secret_access_key: B, from: a@example.com}" + key + "}\n")})
		if err != nil {
			t.Fatal(err)
		}
		net := &posted{}
		s, err := New(context.Background(), Options{Config: c, Outgoing: net})
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.directory.pools.CreatePool(t.Context(), "", "us-east-1", "staff", userpool.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		u, err := s.directory.users.Draft(p, user.NewUser{Username: "alice", Attributes: map[string]string{"email": "alice@example.com", "email_verified": "true"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.directory.users.Create(t.Context(), p, u, false); err != nil {
			t.Fatal(err)
		}
		if err := s.directory.users.SetMFA(t.Context(), p, u.Sub, []user.FactorChange{{Factor: user.EmailOTP, On: true}}); err != nil {
			t.Fatal(err)
		}
		s.Close() // waits for what is sent in the background
		if len(net.bodies) != want || want == 1 && !strings.Contains(net.bodies[0], "Codes by e-mail to your address") {
			t.Errorf("with %q: sent %q, want %d notices", key, net.bodies, want)
		}
	}
}

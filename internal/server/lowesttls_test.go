package server

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// A domain that takes TLS 1.3 alone: at the handshake, and on a connection that was
// made for another host.
func TestTheLowestTLSOfADomain(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	domain := userpool.Domain{Name: "login.example.com", Pool: d.Pool.ID, Custom: true, SecurityPolicy: userpool.PolicyTLS13}
	if _, err := d.Pools.CreateDomain(t.Context(), domain); err != nil {
		t.Fatal(err)
	}
	s := &Server{directory: &directory{pools: d.Pools}}
	keeper, err := certs.New(certs.Config{Dir: t.TempDir(), Hosts: []string{"id.example.com", domain.Name}})
	if err != nil {
		t.Fatal(err)
	}
	config := s.withLowestTLS(keeper.TLSConfig())
	shake := func(host string, version uint16) error {
		near, far := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer far.Close()
			_ = tls.Server(far, config).HandshakeContext(t.Context())
		}()
		defer func() { near.Close(); <-done }()
		return tls.Client(near, &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}).HandshakeContext(t.Context())
	}
	ask := func(host string, version uint16) int {
		r := httptest.NewRequest("GET", "https://"+host+"/login", nil)
		r.TLS.Version = version
		w := httptest.NewRecorder()
		s.onLowestTLS(http.NotFoundHandler()).ServeHTTP(w, r)
		return w.Code
	}
	const old, young = tls.VersionTLS12, tls.VersionTLS13
	for _, tt := range []struct {
		host    string
		version uint16
		taken   bool
	}{
		{"login.example.com", young, true}, {"login.example.com", old, false}, {"LOGIN.example.com", old, false},
		{"id.example.com", old, true}, {"id.example.com", young, true},
	} {
		if err := shake(tt.host, tt.version); (err == nil) != tt.taken {
			t.Errorf("a handshake with %s by %s: %v, want it taken: %t", tt.host, tls.VersionName(tt.version), err, tt.taken)
		}
		if got := ask(tt.host, tt.version); (got == http.StatusNotFound) != tt.taken || !tt.taken && got != http.StatusMisdirectedRequest {
			t.Errorf("a request for %s by %s: %d, want it taken: %t", tt.host, tls.VersionName(tt.version), got, tt.taken)
		}
	}
	if _, err := d.Pools.UpdateDomain(t.Context(), d.Pool.ID, domain.Name, userpool.DomainChange{SecurityPolicy: new(userpool.PolicyTLS12)}); err != nil {
		t.Fatal(err)
	}
	if err := shake(domain.Name, old); err != nil {
		t.Errorf("after the owner chose TLS 1.2: %v", err)
	}
}

// What an owner chose at one node holds at the others, also of a directory without a
// gateway.
func TestTheLowestTLSOfADomainIsKnownAtEveryNode(t *testing.T) {
	text := "data_dir: " + t.TempDir() + "\ndirectory: {url: https://id.example.com, pools: [{id: us-east-1_Staff0001, name: staff}]}\n"
	var nodes []*Server
	for range 2 {
		c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(t.Context(), Options{Config: c})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		nodes = append(nodes, s)
	}
	domain := userpool.Domain{Name: "login.example.com", Pool: "us-east-1_Staff0001", Custom: true, SecurityPolicy: userpool.PolicyTLS13}
	if _, err := nodes[0].directory.pools.CreateDomain(t.Context(), domain); err != nil {
		t.Fatal(err)
	}
	for !nodes[1].directory.pools.NeedsTLS13(domain.Name) { // within a second; the test's own limit ends a fault
		time.Sleep(20 * time.Millisecond)
	}
}

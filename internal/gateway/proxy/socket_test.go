package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"gatehouse/internal/gateway/policy"
)

// atSocket starts an upstream at a unix socket. It answers with the host that it was
// asked for, and the path.
func atSocket(t *testing.T, secure bool) (path string, authority *x509.CertPool) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "app.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host+r.URL.Path) }))
	server.Listener.Close()
	server.Listener = ln
	t.Cleanup(server.Close)
	if !secure {
		server.Start()
		return path, nil
	}
	server.StartTLS()
	authority = x509.NewCertPool()
	authority.AddCert(server.Certificate())
	return path, authority
}

func TestUpstreamsAtUnixSockets(t *testing.T) {
	plain, _ := atSocket(t, false)
	other, _ := atSocket(t, false)
	secure, authority := atSocket(t, true)
	w := newWorld(t, func(w *world, c *Config) {
		for host, change := range map[string]func(*Route){
			"unix": func(r *Route) { r.To = to("unix://" + plain) },
			"two": func(r *Route) {
				r.To = to("http+unix://"+filepath.Join(t.TempDir(), "gone.sock"), "http+unix://"+other)
			},
			"secure": func(r *Route) {
				r.To, r.TLS = to("https+unix://"+secure), UpstreamTLS{CAs: authority, ServerName: "example.com"}
			},
			"wrong": func(r *Route) {
				r.To, r.TLS = to("https+unix://"+secure), UpstreamTLS{CAs: authority, ServerName: "example.net"}
			},
			"named": func(r *Route) { r.To, r.Rewrite.Host = to("http+unix://"+plain), "app.internal" },
		} {
			c.Routes = append(c.Routes, w.route("https://"+host+".example.com", policy.Access{Public: true}, change))
		}
	})
	w.browser().Open("https://unix.example.com/a").Want(200, "unix.example.com:"+port+"/a")
	for range 3 {
		w.browser().Open("https://two.example.com/b").Want(200, "two.example.com:"+port+"/b")
	}
	w.browser().Open("https://secure.example.com/c").Want(200, "secure.example.com:"+port+"/c")
	w.browser().Open("https://wrong.example.com/").Want(502, "certificate")
	w.browser().Open("https://named.example.com/d").Want(200, "app.internal/d")
}

func TestASocketWithTLSIsLocalhost(t *testing.T) {
	for _, tt := range []struct {
		socket     bool
		name, want string
	}{{true, "", "localhost"}, {true, "app.internal", "app.internal"}, {false, "", ""}} {
		got := newTransports(nil, "").general(transportKey{socket: tt.socket, tls: UpstreamTLS{ServerName: tt.name}})
		if got.TLSClientConfig.ServerName != tt.want || got.TLSClientConfig.MinVersion != tls.VersionTLS12 {
			t.Errorf("%+v: got the name %q, want %q", tt, got.TLSClientConfig.ServerName, tt.want)
		}
	}
}

func TestUpstreamsThatAreWrong(t *testing.T) {
	for _, bad := range []string{"tcp://a:1", "http:", "ftp://a"} {
		if _, err := newTransports(nil, "").target(mustURL(bad)); err == nil {
			t.Errorf("%s: got no error", bad)
		}
	}
	if _, err := newTransports(nil, "").target(nil); err == nil {
		t.Error("nil: got no error")
	}
}

package server

import (
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/config"
)

// untouched is a listener of which nobody may accept a connection.
type untouched struct {
	*pipes
	t *testing.T
}

func (u untouched) Accept() (net.Conn, error) {
	u.t.Error("a connection was accepted, although the start failed")
	return nil, net.ErrClosed
}

// starting starts a server, and returns its end.
func starting(t *testing.T, c *config.Config, l *Listeners) (end func(), err error) {
	t.Helper()
	s := &Server{log: slog.New(slog.DiscardHandler), now: time.Now, handler: http.NotFoundHandler()}
	running, err := s.Start(c, l, http.NotFoundHandler())
	if err != nil {
		return nil, err
	}
	return func() {
		l.Close()
		if running.Wait(t.Context()) == nil {
			t.Error("the end: got nil, want the error of a closed listener")
		}
	}, nil
}

// The server said that it was ready, and then its certificates or HTTP/3 failed.
func TestAStartThatFailsAnswersNobody(t *testing.T) {
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	dir := t.TempDir()
	damaged := filepath.Join(dir, "damaged")
	if err := os.Mkdir(damaged, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(damaged, "local-ca.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*config.Config, *Listeners)
		want   string
	}{
		"the local authority":         {func(c *config.Config, _ *Listeners) { c.DataDir = damaged }, "local-ca.pem"},
		"the directory for it":        {func(c *config.Config, _ *Listeners) { c.DataDir = filepath.Join(damaged, "local-ca.pem", "x") }, "local-ca.pem"},
		"a certificate":               {func(c *config.Config, _ *Listeners) { c.TLS = []config.KeyPair{{Cert: "x", Key: "x"}} }, "certificate 1: "},
		"the metrics' certificate":    {func(c *config.Config, _ *Listeners) { c.Metrics.MetricsClientCA = "x" }, "metrics_certificate: "},
		"HTTP/3 (its port is closed)": {func(_ *config.Config, l *Listeners) { l.quic = closed }, "codec_type"},
	} {
		c, nobody := &config.Config{}, untouched{newPipes(), t}
		c.DataDir = filepath.Join(dir, "data")
		l := &Listeners{main: nobody, probes: nobody, metrics: nobody, redirect: nobody, asked: nobody}
		tt.change(c, l)
		end, err := starting(t, c, l)
		if err == nil {
			end()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got the error %v, want one with %q", name, err, tt.want)
		}
	}
}

// A script that exports the authority as soon as the server is ready found none.
func TestAStartKeepsTheAuthority(t *testing.T) {
	c := &config.Config{}
	c.DataDir = t.TempDir()
	end, err := starting(t, c, &Listeners{main: newPipes()})
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	if _, err := certs.KeptAuthority(c.DataDir); err != nil {
		t.Error(err)
	}
}

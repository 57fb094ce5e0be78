package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
)

// Listeners are what a server listens on.
type Listeners struct {
	main     net.Listener
	redirect net.Listener
	probes   net.Listener
	metrics  net.Listener
}

// Listen opens the addresses that the configuration names, so that what is
// taken shows before anything is served.
func Listen(c *config.Config) (*Listeners, error) {
	l := &Listeners{}
	for _, a := range []struct {
		key, addr string
		into      *net.Listener
	}{
		{"address", c.Address, &l.main}, {"http_redirect_addr", c.HTTPRedirectAddr, &l.redirect},
		{"health_check_addr", c.HealthCheckAddr, &l.probes}, {"metrics_address", c.MetricsAddress, &l.metrics},
	} {
		if a.addr == "" {
			continue
		}
		ln, err := net.Listen("tcp", a.addr)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("listen on %s (%s): %w", a.addr, a.key, err)
		}
		*a.into = ln
	}
	return l, nil
}

// Addr is where requests come in.
func (l *Listeners) Addr() net.Addr { return l.main.Addr() }

// Close closes what is open.
func (l *Listeners) Close() {
	for _, ln := range []net.Listener{l.main, l.redirect, l.probes, l.metrics} {
		if ln != nil {
			ln.Close()
		}
	}
}

// drainTime is how long requests that are under way may take at the end.
const drainTime = 20 * time.Second

// Serve answers on the listeners until ctx ends, and then lets requests finish.
func (s *Server) Serve(ctx context.Context, c *config.Config, l *Listeners, metrics http.Handler) error {
	var servers []*http.Server
	failed := make(chan error, 4)
	start := func(ln net.Listener, h http.Handler, tlsConfig *tls.Config) {
		if ln == nil {
			return
		}
		srv := &http.Server{
			Handler: h, TLSConfig: tlsConfig, Protocols: protocols(tlsConfig), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: c.TimeoutRead,
			WriteTimeout: c.TimeoutWrite, IdleTimeout: c.TimeoutIdle, MaxHeaderBytes: 128 << 10,
			ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		}
		servers = append(servers, srv)
		go func() {
			if tlsConfig != nil {
				failed <- srv.ServeTLS(ln, "", "")
				return
			}
			failed <- srv.Serve(ln)
		}()
	}
	main, tlsConfig, err := s.mainHandler(c)
	if err != nil {
		return err
	}
	start(l.main, main, tlsConfig)
	start(l.redirect, redirectToTLS(c), nil)
	start(l.probes, s.probes(), nil)
	start(l.metrics, metrics, nil)

	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	return errors.Join(err, shutdown(servers))
}

// protocols are HTTP/1.1 and HTTP/2; without TLS the latter is for clients that
// know that it is spoken (RFC 9113 §3.3), such as a proxy in front.
func protocols(tlsConfig *tls.Config) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(tlsConfig == nil)
	return p
}

// mainHandler returns the handler of the main address, and the TLS that it
// speaks; nil where TLS ends in front.
func (s *Server) mainHandler(c *config.Config) (http.Handler, *tls.Config, error) {
	if c.InsecureServer {
		return s.handler, nil, nil
	}
	keeper, err := certs.New(s.certificates(c))
	if err != nil {
		return nil, nil, err
	}
	s.certs.Store(keeper)
	return s.handler, keeper.TLSConfig(), nil
}

// certificates are those that the configuration names; without any, a self-made
// one for all hosts of the installation.
func (s *Server) certificates(c *config.Config) certs.Config {
	out := certs.Config{Dir: c.DataDir, Log: s.log, Now: s.now}
	for _, pair := range c.TLS {
		out.Pairs = append(out.Pairs, certs.Pair{Cert: pair.Cert, Key: pair.Key})
	}
	for _, u := range []*url.URL{c.AuthenticateServiceURL, directoryURL(c), teamURL(c)} {
		if u != nil {
			out.Hosts = append(out.Hosts, u.Hostname())
		}
	}
	if c.Directory != nil && c.Directory.DomainSuffix != "" {
		out.Hosts = append(out.Hosts, "*."+c.Directory.DomainSuffix)
	}
	for _, r := range c.AllRoutes() {
		out.Hosts = append(out.Hosts, r.From.Hostname())
	}
	return out
}

func directoryURL(c *config.Config) *url.URL {
	if c.Directory == nil {
		return nil
	}
	return c.Directory.URL
}

func teamURL(c *config.Config) *url.URL {
	if c.Access == nil {
		return nil
	}
	return c.Access.TeamDomain
}

func shutdown(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var all error
	for _, srv := range servers {
		all = errors.Join(all, srv.Shutdown(ctx))
	}
	return all
}

// probes answers load balancers and orchestrators. Pomerium: /status and
// /startupz beside the usual two.
func (s *Server) probes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /status", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /startupz", s.readyz)
	return mux
}

// redirectToTLS sends plain HTTP to the same address over TLS.
func redirectToTLS(c *config.Config) http.Handler {
	_, port, _ := net.SplitHostPort(c.Address) // validated by config
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := web.Host(r)
		switch {
		case port != "443":
			host = net.JoinHostPort(host, port)
		case strings.Contains(host, ":"):
			host = "[" + host + "]"
		}
		to := url.URL{Scheme: "https", Host: host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, to.String(), http.StatusPermanentRedirect)
	})
}

package server

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"gatehouse/internal/autocert"
	"gatehouse/internal/base/certs"
	"gatehouse/internal/config"
)

// Serve answers on the listeners until ctx ends or one of them fails. After the
// end of ctx it still accepts requests for shutdown_delay, while the probes say that
// it is not ready, so that a load balancer notices before anybody is refused;
// ErrAtOnce as the cause leaves that out. Then it lets the requests under way
// finish, for shutdown_timeout at most.
func (s *Server) Serve(ctx context.Context, c *config.Config, l *Listeners, metrics http.Handler) error {
	tlsConfig, err := s.tlsConfig(c)
	if err != nil {
		return err
	}
	metered, err := s.metricsServer(c, metrics)
	if err != nil {
		return err
	}
	running := &running{failed: make(chan error, 6)}
	main := s.httpServer(c, l.tellOfHTTP3(s.lastAnswers(s.handler)), tlsConfig)
	main.Protocols = protocols(c.CodecType, tlsConfig)
	if l.quic != nil { // first: it copies the configuration of TLS, which main completes when it starts
		running.startQUIC(newQUICServer(l.quic, http3Server(c, s.handler, tlsConfig), headerTime))
	}
	running.start(l.main, main)
	running.start(l.asked, s.httpServer(c, s.lastAnswers(s.questions), nil))
	s.redirect.begin(c.HTTPRedirectAddr, l.redirect, func() *http.Server { return s.httpServer(c, s.lastAnswers(s.answerChallenges(s.redirectToTLS())), nil) }, running.failed)
	defer s.redirect.end()
	s.manageCertificates(c)
	probes := running.start(l.probes, s.httpServer(c, s.probes(), nil))
	measured := running.start(l.metrics, metered)
	running.watchers = []ender{probes, measured}
	select {
	case err = <-running.failed:
	case <-ctx.Done():
		s.ending.Store(true)
		err = running.linger(ctx, c.ShutdownDelay, s.log)
	}
	if cut := running.shutdown(c.ShutdownTimeout); cut != nil {
		s.log.Warn("requests were cut at the end: they took longer than shutdown_timeout", slog.String("error", cut.Error()))
	}
	return err
}

// ErrAtOnce is the cause of the end of Serve's context that leaves shutdown_delay
// out.
var ErrAtOnce = errors.New("end without shutdown_delay")

// lastAnswers makes each answer end its connection once the process is about to end,
// so that the client's next request can go to another process. An idle connection
// stays open for a request that may be on its way: SetKeepAlivesEnabled would close
// it. RFC 9112 §9.6.
func (s *Server) lastAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.ending.Load() && r.Header.Get("Upgrade") == "" {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// lastAfterConnect makes a refused CONNECT of HTTP/1.1 the last request of its
// connection. A client that did not wait for the answer has sent what was meant for the
// target: bytes that a stranger may have chosen, and that would be read as the client's
// next request.
func lastAfterConnect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect && r.ProtoMajor < 2 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// headerTime is how long a client may take for the header of a request.
const headerTime = 10 * time.Second

func (s *Server) httpServer(c *config.Config, h http.Handler, tlsConfig *tls.Config) *http.Server {
	srv := &http.Server{
		Handler: lastAfterConnect(h), TLSConfig: tlsConfig, Protocols: protocols("auto", tlsConfig),
		ReadHeaderTimeout: headerTime, ReadTimeout: c.TimeoutRead, WriteTimeout: c.TimeoutWrite, IdleTimeout: c.TimeoutIdle,
		MaxHeaderBytes: maxHeaderRead, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	countHeaders(srv)
	return srv
}

// protocols are HTTP/1.1 and HTTP/2, or one of them. Without TLS, HTTP/2 is for
// clients that know beforehand that the server speaks it (RFC 9113 §3.3), such as a
// proxy in front.
func protocols(codec string, tlsConfig *tls.Config) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(codec != "http2")
	p.SetHTTP2(codec != "http1")
	p.SetUnencryptedHTTP2(codec != "http1" && tlsConfig == nil)
	return p
}

// offered returns the protocols that TLS offers.
func offered(codec string) []string {
	switch codec {
	case "http1":
		return []string{"http/1.1"}
	case "http2":
		return []string{"h2"}
	}
	return []string{"h2", "http/1.1"}
}

// tlsConfig returns the TLS of the main address, or nil if a proxy in front ends
// TLS.
func (s *Server) tlsConfig(c *config.Config) (*tls.Config, error) {
	if c.InsecureServer {
		return nil, nil
	}
	keeper, err := certs.New(s.certificates(c))
	if err != nil {
		return nil, err
	}
	s.certs.Store(keeper)
	if err := s.asking.follow(c); err != nil {
		return nil, err
	}
	t := keeper.TLSConfig()
	t.NextProtos = offered(c.CodecType)
	manager, err := s.newAutocert(c)
	if err != nil || manager == nil {
		return s.asking.in(s.withLowestTLS(t)), err
	}
	s.autocert.Store(manager)
	t.GetCertificate, t.NextProtos = choosing(keeper, manager), append(t.NextProtos, autocert.Protocol)
	return s.asking.in(s.withLowestTLS(t)), nil
}

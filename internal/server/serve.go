package server

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"gatehouse/internal/autocert"
	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/plainhttp"
	"gatehouse/internal/config"
)

// Start begins to answer on the listeners. What can fail at the start is over when it
// returns: the certificates are there, a local authority is kept, and every address
// answers. After an error nothing has been answered. The caller closes l, and calls
// Wait of what is returned.
func (s *Server) Start(c *config.Config, l *Listeners, metrics http.Handler) (*Running, error) {
	tlsConfig, err := s.tlsConfig(c)
	if err != nil {
		return nil, err
	}
	metered, err := s.metricsServer(c, metrics)
	if err != nil {
		return nil, err
	}
	// Before main starts: this copies the configuration of TLS, which main then completes.
	overQUIC, err := s.listenHTTP3(c, l, tlsConfig)
	if err != nil {
		return nil, err
	}
	// From here on nothing fails.
	r := &Running{server: s, delay: c.ShutdownDelay, timeout: c.ShutdownTimeout, failed: make(chan error, 6)}
	main := s.httpServer(c, l.tellOfHTTP3(s.lastAnswers(s.handler)), tlsConfig)
	main.Protocols = protocols(c.CodecType, tlsConfig)
	if overQUIC != nil {
		r.startQUIC(overQUIC)
	}
	r.start(l.main, main)
	r.start(l.asked, s.httpServer(c, s.lastAnswers(s.questions), nil))
	kept := c.WithoutRoutes() // the function is kept, and with it what it needs
	s.redirect.begin(c.HTTPRedirectAddr, l.redirect, func() *http.Server {
		return s.httpServer(kept, s.lastAnswers(s.answerChallenges(s.redirectToTLS())), nil)
	}, r.failed)
	s.manageCertificates(c)
	probes := r.start(l.probes, s.httpServer(c, s.probes(), nil))
	measured := r.start(l.metrics, metered)
	r.watchers = []ender{probes, measured}
	return r, nil
}

// ErrAtOnce is the cause of the end of Wait's context that leaves shutdown_delay
// out.
var ErrAtOnce = errors.New("interrupted")

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
		Handler: plainhttp.RefuseMalformed(lastAfterConnect(h)), TLSConfig: tlsConfig, Protocols: protocols("auto", tlsConfig),
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

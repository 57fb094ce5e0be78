package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
)

// metered says who may read the metrics: what the configuration in use asks for. The
// zero value lets nobody read them.
type metered struct{ now atomic.Pointer[meteredBy] }

// meteredBy is what one configuration asks for.
type meteredBy struct {
	keys *config.Metrics
	tls  *tls.Config // nil: none
}

// metricsServer returns the server of the metrics' address. It has TLS if c has a
// certificate for it; what else c says of it changes with a reload.
func (s *Server) metricsServer(c *config.Config, metrics http.Handler) (*http.Server, error) {
	use, err := s.metered.prepare(c)
	if err != nil {
		return nil, err
	}
	use()
	return s.httpServer(c, s.metered.asking(atMetrics(metrics)), s.metered.tlsConfig()), nil
}

// prepare does all that may fail before a configuration is used. Whether there is TLS
// at all stays as it is.
func (m *metered) prepare(c *config.Config) (use func(), err error) {
	keys := c.Metrics // a copy: a part of a configuration would keep all of it
	next := &meteredBy{keys: &keys}
	if next.tls, err = metricsTLS(&keys); err != nil {
		return nil, fmt.Errorf("metrics_certificate: %w", err)
	}
	if now := m.now.Load(); now != nil && (now.tls == nil) != (next.tls == nil) {
		next.tls = now.tls
	}
	return func() { m.now.Store(next) }, nil
}

// tlsConfig returns the TLS of the address, or nil if it has none.
func (m *metered) tlsConfig() *tls.Config {
	if m.now.Load().tls == nil {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return m.now.Load().tls, nil
	}}
}

// asking asks for what the configuration in use names: also on a connection that was
// opened while another was in use.
func (m *metered) asking(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := m.now.Load()
		if !now.knows(r.TLS) {
			w.Header().Set("Connection", "close") // the next handshake asks for a certificate
			http.Error(w, "Reading the metrics needs a certificate of metrics_client_ca.", http.StatusForbidden)
			return
		}
		withCredentials(now.keys, next).ServeHTTP(w, r)
	})
}

// knows reports whether the certificate of a connection is one that is asked for, if
// one is.
func (by *meteredBy) knows(connection *tls.ConnectionState) bool {
	if by.tls == nil || by.tls.ClientCAs == nil {
		return true
	}
	if connection == nil || len(connection.PeerCertificates) == 0 {
		return false
	}
	between := x509.NewCertPool()
	for _, c := range connection.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := connection.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: by.tls.ClientCAs, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err == nil
}

// metricsTLS returns the TLS of the metrics' address, or nil if it has none.
func metricsTLS(m *config.Metrics) (*tls.Config, error) {
	pair := m.TLSPair()
	switch {
	case pair == nil && m.MetricsClientCA != "":
		return nil, errors.New("missing, but metrics_client_ca asks for certificates of clients")
	case pair == nil:
		return nil, nil
	}
	cert, err := pair.Parse()
	if err != nil {
		return nil, err
	}
	t := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: offered("auto")}
	if m.MetricsClientCA != "" {
		t.ClientAuth, t.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		t.ClientCAs.AppendCertsFromPEM([]byte(m.MetricsClientCA)) // config has checked that it can; an empty pool admits nobody
	}
	return t, nil
}

// withCredentials asks for the user and the password of metrics_basic_auth, if the
// configuration has them.
func withCredentials(m *config.Metrics, next http.Handler) http.Handler {
	if m.MetricsBasicAuth == "" {
		return next
	}
	user, password, known := m.Credentials()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gotUser, gotPassword, sent := r.BasicAuth()
		if !known || !sent || !seal.Secret(user).Equal(gotUser) || !password.Equal(gotPassword) {
			w.Header().Set("WWW-Authenticate", `Basic realm="metrics", charset="UTF-8"`)
			http.Error(w, "Reading the metrics needs the credentials of metrics_basic_auth.", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

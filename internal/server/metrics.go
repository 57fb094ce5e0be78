package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
)

// metricsServer returns the server of the metrics' address, which asks its clients
// for what the configuration says.
func (s *Server) metricsServer(c *config.Config, metrics http.Handler) (*http.Server, error) {
	tlsConfig, err := metricsTLS(&c.Metrics)
	if err != nil {
		return nil, fmt.Errorf("metrics_certificate: %w", err)
	}
	return s.httpServer(c, withCredentials(&c.Metrics, atMetrics(metrics)), tlsConfig), nil
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
	t := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
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

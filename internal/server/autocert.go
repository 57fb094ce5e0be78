package server

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"gatehouse/internal/autocert"
	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/config"
)

// manageEvery is how often the names are gone through again: what failed because the
// database was away is begun again.
const manageEvery = 10 * time.Minute

// newAutocert returns what gets certificates from an authority, or nil if the
// configuration does not ask for it.
func (s *Server) newAutocert(c *config.Config) (*autocert.Manager, error) {
	if !c.Autocert || c.InsecureServer {
		return nil, nil
	}
	cfg := autocert.Config{
		Store: s.store, Sealer: s.sealer, CA: text(c.AutocertCA), Email: c.AutocertEmail,
		EABKeyID: c.AutocertEABKeyID, EABMACKey: c.AutocertEABMACKey, MustStaple: c.AutocertMustStaple,
		TLSPort: portOf(c.Address), Allowed: s.domainOfPool, Log: s.log, Now: s.now,
	}
	if c.AnswersHTTPChallenges() {
		cfg.HTTPPort = portOf(c.HTTPRedirectAddr)
	}
	if c.AutocertCA == nil && c.AutocertUseStaging {
		cfg.CA = autocert.LetsEncryptStaging
	}
	if c.AutocertTrustedCA != "" {
		pool, err := certs.Pool(c.AutocertTrustedCA)
		if err != nil {
			return nil, err
		}
		cfg.Roots = pool
	}
	return autocert.New(cfg)
}

func portOf(address string) int {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(port) // validated by config
	return n
}

// domainOfPool returns nil for the host of a pool's domain, which the API may have
// made: its certificate is got when the first browser comes.
func (s *Server) domainOfPool(ctx context.Context, name string) error {
	if s.directory == nil {
		return ErrNoDirectory
	}
	_, err := s.directory.sites.Domain(ctx, hostname.Of(name))
	return err
}

// manageCertificates gets certificates for the hosts of a configuration that has none
// for them.
func (s *Server) manageCertificates(c *config.Config) {
	s.managing.Lock()
	defer s.managing.Unlock()
	if manager := s.autocert.Load(); manager != nil {
		s.managed = s.certificates(c).Hosts
		s.manage(manager)
	}
}

func (s *Server) manage(manager *autocert.Manager) {
	keeper := s.certs.Load()
	var names []string
	for _, host := range s.managed {
		if name := hostname.Of(host); autocert.Certifiable(name) && !keeper.Covers(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if err := manager.Manage(names); err != nil {
		s.log.Error("certificates: they are not managed", slog.String("error", err.Error()))
	}
}

// keepCertificates goes through the names again and again.
func (s *Server) keepCertificates(ctx context.Context) {
	every(ctx, manageEvery, func() {
		s.managing.Lock()
		defer s.managing.Unlock()
		if s.managed != nil {
			s.manage(s.autocert.Load())
		}
	})
}

// choosing returns what chooses the certificate of a handshake: one that the
// configuration gives for the name, one that the authority gave, or else what there is.
func choosing(given *certs.Store, got *autocert.Manager) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if !autocert.Challenges(hello) && given.Covers(hostname.Of(hello.ServerName)) {
			return given.Certificate(hello)
		}
		c, err := got.Certificate(hello)
		if err != nil && !autocert.Challenges(hello) {
			return given.Certificate(hello)
		}
		return c, err
	}
}

// answerChallenges answers the authority's requests before next sees them.
func (s *Server) answerChallenges(next http.Handler) http.Handler {
	if m := s.autocert.Load(); m != nil {
		return m.AnswerHTTP(next)
	}
	return next
}

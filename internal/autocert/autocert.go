// Package autocert gets certificates from an authority that speaks ACME (RFC 8555),
// such as Let's Encrypt, and renews them in good time.
//
//	names ─► Manage ─► got, or kept in the store ─► a month before the end: again
//	handshake ─► Certificate ─► a managed name: its certificate
//	                        └─► another name that Allowed accepts: got while the client waits
//
// The authority checks that a name leads here: by a request on port 80, which
// AnswerHTTP answers (HTTP-01), or by a handshake on port 443, which Certificate
// answers (TLS-ALPN-01, RFC 8737). Account, keys, certificates and the answers to
// challenges are in the store, sealed: each node answers the challenge of another, and
// one node at a time asks for a name. A failure is tried again with growing pauses,
// for a month.
//
// The protocol is certmagic's. This package gives it our store, our log and our
// rules.
package autocert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"
	"github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
)

// Config is what a Manager is made of.
type Config struct {
	Store  Store
	Sealer *seal.Sealer

	CA         string         // the directory of the authority; "": Let's Encrypt
	Roots      *x509.CertPool // trusted for the authority; nil: those of the system
	Email      string         // whom the authority tells of trouble; may be empty
	EABKeyID   string         // the account with which the authority binds ours; "": none
	EABMACKey  seal.Secret    // its key, base64url
	MustStaple bool           // ask for certificates that are good with an OCSP answer alone

	// HTTPPort is the port where AnswerHTTP answers; 0: HTTP-01 is not used. TLSPort
	// is the port where Certificate answers; 0: TLS-ALPN-01 is not used.
	HTTPPort, TLSPort int

	// Allowed returns nil for a name for which a certificate may be got while a client
	// waits. nil: there is none.
	Allowed func(ctx context.Context, name string) error

	// Window is the share of a certificate's life that is left when it is renewed; 0: a
	// third. CheckEvery is how often that is looked at; 0: every ten minutes.
	Window     float64
	CheckEvery time.Duration

	Log *slog.Logger
	Now func() time.Time
}

// LetsEncrypt and LetsEncryptStaging are the directories of Let's Encrypt.
const (
	LetsEncrypt        = certmagic.LetsEncryptProductionCA
	LetsEncryptStaging = certmagic.LetsEncryptStagingCA
)

// Manager gets, renews and serves certificates. Close it when done. Safe for
// concurrent use.
type Manager struct {
	magic  *certmagic.Config // for the managed names
	demand *certmagic.Config // for those that are got while a client waits; nil: there is none
	cache  *certmagic.Cache
	issuer *certmagic.ACMEIssuer
	ctx    context.Context
	stop   context.CancelFunc

	mu    sync.RWMutex
	names []string // managed, sorted
}

// New returns a Manager that manages nothing yet. It makes no calls.
func New(c Config) (*Manager, error) {
	m := &Manager{}
	m.ctx, m.stop = context.WithCancel(context.Background())
	log := zap.New(&core{log: c.Log})
	m.cache = certmagic.NewCache(certmagic.CacheOptions{GetConfigForCert: m.configOf, RenewCheckInterval: c.CheckEvery, Logger: log})
	template, err := c.issuer(log)
	if err != nil {
		m.Close()
		return nil, err
	}
	cfg := certmagic.Config{Storage: newStorage(&c), MustStaple: c.MustStaple, RenewalWindowRatio: c.Window, Logger: log}
	m.magic, m.issuer = m.config(cfg, template)
	if c.Allowed != nil {
		cfg.OnDemand = &certmagic.OnDemandConfig{DecisionFunc: c.Allowed}
		m.demand, _ = m.config(cfg, template)
	}
	return m, nil
}

func (m *Manager) config(cfg certmagic.Config, template certmagic.ACMEIssuer) (*certmagic.Config, *certmagic.ACMEIssuer) {
	made := certmagic.New(m.cache, cfg)
	issuer := certmagic.NewACMEIssuer(made, template)
	made.Issuers = []certmagic.Issuer{issuer}
	return made, issuer
}

// configOf returns what renews a certificate.
func (m *Manager) configOf(c certmagic.Certificate) (*certmagic.Config, error) {
	if m.demand != nil && !slices.ContainsFunc(c.Names, m.manages) {
		return m.demand, nil
	}
	return m.magic, nil
}

func (c *Config) issuer(log *zap.Logger) (certmagic.ACMEIssuer, error) {
	i := certmagic.ACMEIssuer{
		CA: c.CA, Email: c.Email, Agreed: true, TrustedRoots: c.Roots, Logger: log,
		DisableHTTPChallenge: c.HTTPPort == 0, DisableTLSALPNChallenge: c.TLSPort == 0, AltHTTPPort: c.HTTPPort, AltTLSALPNPort: c.TLSPort,
	}
	if i.CA == "" {
		i.CA = LetsEncrypt
	}
	i.TestCA = i.CA // certmagic tries again at this one, which for others than Let's Encrypt knows nothing of us
	if c.EABKeyID != "" {
		if _, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(c.EABMACKey.Reveal(), "=")); err != nil {
			return i, fmt.Errorf("the MAC key of the external account is not base64url")
		}
		i.ExternalAccount = &acme.EAB{KeyID: c.EABKeyID, MACKey: strings.TrimRight(c.EABMACKey.Reveal(), "=")}
	}
	return i, nil
}

// Manage gets and renews certificates for names, and no longer for those that were
// managed before and are not among them. It returns at once.
func (m *Manager) Manage(names []string) error {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	m.mu.Lock()
	gone := slices.DeleteFunc(slices.Clone(m.names), func(n string) bool { return slices.Contains(names, n) })
	m.names = names
	m.mu.Unlock()
	var subjects []certmagic.SubjectIssuer
	for _, n := range gone {
		subjects = append(subjects, certmagic.SubjectIssuer{Subject: n})
	}
	m.cache.RemoveManaged(subjects)
	return m.magic.ManageAsync(m.ctx, names)
}

func (m *Manager) manages(name string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, found := slices.BinarySearch(m.names, name)
	return found
}

// Certificate returns the certificate for a handshake, also for one with which the
// authority checks a name. It returns an error if there is none.
func (m *Manager) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	// Each configuration must answer for its own: a handshake is what renews a
	// certificate that was got while a client waited.
	if m.demand == nil || Challenges(hello) || m.manages(hostname.Of(hello.ServerName)) {
		return m.magic.GetCertificate(hello)
	}
	return m.demand.GetCertificate(hello)
}

// Challenges reports whether the authority begins the handshake, to check a name.
func Challenges(hello *tls.ClientHelloInfo) bool {
	return len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acmez.ACMETLS1Protocol
}

// Protocol is what a listener must say that it speaks, so that the authority can
// check names with a handshake. RFC 8737 §6.2.
const Protocol = acmez.ACMETLS1Protocol

// AnswerHTTP answers the requests with which the authority checks a name, and leaves
// the others to next.
func (m *Manager) AnswerHTTP(next http.Handler) http.Handler {
	return m.issuer.HTTPChallengeHandler(next)
}

// Close ends the renewals.
func (m *Manager) Close() {
	m.stop()
	m.cache.Stop()
}

// Certifiable reports whether an authority can check a name without changing the
// name's DNS entries: it is the whole name of a host in the internet.
func Certifiable(host string) bool {
	return hostname.IsHost(host) && net.ParseIP(host) == nil && strings.Contains(host, ".") && !hostname.IsLoopback(host) && certmagic.SubjectQualifiesForPublicCert(host) && !strings.Contains(host, "*")
}

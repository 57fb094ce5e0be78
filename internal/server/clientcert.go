package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/autocert"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/clientcert"
)

// trusts are those of the routes, by their authorities: most routes share one.
type trusts map[string]*clientcert.Trust

// of returns the trust in authorities, nil for none.
func (known trusts) of(c *config.Config, cas string) (*clientcert.Trust, error) {
	if cas == "" {
		return nil, nil
	}
	if t := known[cas]; t != nil {
		return t, nil
	}
	m := &c.DownstreamMTLS
	cfg := clientcert.Config{CAs: cas, CRLs: m.CRL, Depth: m.MaxVerifyDepth}
	for i := range m.MatchSubjectAltNames {
		kind, pattern, _ := m.MatchSubjectAltNames[i].Given()
		san, err := clientcert.NewSAN(kind, pattern)
		if err != nil {
			return nil, err
		}
		cfg.SANs = append(cfg.SANs, san)
	}
	t, err := clientcert.New(cfg)
	if err == nil {
		known[cas] = t
	}
	return t, err
}

// asking makes handshakes ask clients for certificates, as the configuration in use
// says. The zero value asks for none.
type asking struct{ now atomic.Pointer[asked] }

// asked is how handshakes ask.
type asked struct {
	names  *x509.CertPool // tells clients which certificates are wanted
	trusts []*clientcert.Trust
	reject bool // handshakes without a valid certificate

	mu   sync.Mutex
	made map[*tls.Config]*tls.Config // by the one that it is made of
}

// follow is prepare for a configuration that is used at once.
func (a *asking) follow(c *config.Config) error {
	use, err := a.prepare(c)
	if err == nil {
		use()
	}
	return err
}

// prepare does all that may fail before a configuration is used.
func (a *asking) prepare(c *config.Config) (use func(), err error) {
	next, err := askedBy(c)
	return func() { a.now.Store(next) }, err
}

// askedBy returns nil if a configuration asks for no certificates.
func askedBy(c *config.Config) (*asked, error) {
	if !c.AsksForCertificates() {
		return nil, nil
	}
	next := &asked{names: x509.NewCertPool(), reject: c.DownstreamMTLS.Enforcement == "reject_connection", made: map[*tls.Config]*tls.Config{}}
	known := trusts{}
	if _, err := known.of(c, c.DownstreamMTLS.CA); err != nil {
		return nil, err
	}
	for _, r := range c.AllRoutes() {
		if _, err := known.of(c, r.TLSDownstreamClientCA); err != nil {
			return nil, err
		}
	}
	for _, t := range known {
		t.AddNames(next.names)
		next.trusts = append(next.trusts, t)
	}
	return next, nil
}

// in returns t, whose handshakes ask. The authority that checks a host with a
// handshake of its own (RFC 8737) is not asked: it offers that protocol alone.
func (a *asking) in(t *tls.Config) *tls.Config {
	choose := t.GetConfigForClient
	t.GetConfigForClient = func(hello *tls.ClientHelloInfo) (chosen *tls.Config, err error) {
		if choose != nil {
			chosen, err = choose(hello)
		}
		now := a.now.Load()
		if err != nil || now == nil || autocert.Challenges(hello) {
			return chosen, err
		}
		if chosen == nil {
			chosen = t
		}
		return now.asking(chosen), nil
	}
	return t
}

// asking returns a copy of t whose handshakes ask. Every certificate is accepted
// there, and the gateway checks it for each request, unless handshakes are to be
// rejected. crypto/tls calls VerifyConnection also if a session is resumed.
func (a *asked) asking(t *tls.Config) *tls.Config {
	a.mu.Lock()
	defer a.mu.Unlock()
	if made := a.made[t]; made != nil {
		return made
	}
	made := t.Clone()
	made.GetConfigForClient = nil
	made.ClientAuth, made.ClientCAs = tls.RequestClientCert, a.names
	if a.reject {
		made.ClientAuth, made.VerifyConnection = tls.RequireAnyClientCert, a.verify
	}
	a.made[t] = made
	return made
}

// verify accepts what one of the trusts accepts: which one counts for a request, its
// route says.
func (a *asked) verify(cs tls.ConnectionState) error {
	err := error(clientcert.ErrInvalid.Because(errors.New("no authority is trusted")))
	for _, t := range a.trusts {
		if err = t.Verify(cs.PeerCertificates, time.Now()); err == nil {
			return nil
		}
	}
	return err
}

package server

import (
	"crypto/x509"
	"net/http"
	"slices"
	"sync/atomic"

	"gatehouse/internal/config"
)

// trusted is which authorities outgoing calls trust besides the system's: those of the
// configuration in use. Whoever calls longer than one configuration lasts asks it.
type trusted struct {
	text string // certificate_authority; changes only in a reload
	cas  atomic.Pointer[x509.CertPool]

	followers []*follower // complete before the first reload
}

// trusting returns the authorities that the options' configuration begins with.
func (o *Options) trusting() (*trusted, error) {
	if o.trusted == nil {
		cas, err := authorities(o.Config)
		if err != nil {
			return nil, err
		}
		o.trusted = &trusted{text: o.Config.CertificateAuthority}
		o.trusted.cas.Store(cas)
	}
	return o.trusted, nil
}

// Pool returns the authorities, or nil for those of the system alone.
func (t *trusted) Pool() *x509.CertPool { return t.cas.Load() }

// transport returns the transport of outgoing calls, if the options name none.
func (t *trusted) transport(o *Options) http.RoundTripper {
	if o.Outgoing != nil {
		return o.Outgoing
	}
	return t.following(transportWith)
}

// following returns a transport that is made anew when the authorities change.
func (t *trusted) following(made func(*x509.CertPool) http.RoundTripper) http.RoundTripper {
	f := &follower{made: made}
	f.trust(t.Pool())
	t.followers = append(t.followers, f)
	return f
}

// prepare does all that may fail before a configuration is used.
func (t *trusted) prepare(c *config.Config) (use func(), err error) {
	if c.CertificateAuthority == t.text {
		return func() {}, nil
	}
	cas, err := authorities(c)
	if err != nil {
		return nil, err
	}
	followers := slices.Clone(t.followers)
	return func() {
		t.text = c.CertificateAuthority
		t.cas.Store(cas)
		for _, f := range followers {
			f.trust(cas)
		}
	}, nil
}

// follower sends requests by a transport that trusts the authorities in use.
type follower struct {
	made func(*x509.CertPool) http.RoundTripper
	now  atomic.Pointer[http.RoundTripper]
}

func (f *follower) trust(cas *x509.CertPool) {
	next := f.made(cas)
	if before := f.now.Swap(&next); before != nil {
		closeIdle(*before)
	}
}

// RoundTrip implements [http.RoundTripper].
func (f *follower) RoundTrip(r *http.Request) (*http.Response, error) {
	return (*f.now.Load()).RoundTrip(r)
}

// CloseIdleConnections is what [http.Client.CloseIdleConnections] calls.
func (f *follower) CloseIdleConnections() { closeIdle(*f.now.Load()) }

// closeIdle lets go of connections that were made while others were trusted.
func closeIdle(t http.RoundTripper) {
	if c, ok := t.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

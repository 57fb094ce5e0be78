package server

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
)

// authorities returns the certificate authorities that outgoing calls trust:
// those of the system with the configured one, or nil for those of the system
// alone.
func authorities(c *config.Config) (*x509.CertPool, error) {
	if c.CertificateAuthority == "" {
		return nil, nil
	}
	return certs.Pool(c.CertificateAuthority)
}

// outgoing returns the transport of calls to identity providers.
func (o *Options) outgoing(cas *x509.CertPool) http.RoundTripper {
	if o.Outgoing != nil {
		return o.Outgoing
	}
	return transportWith(cas)
}

// nearby returns the transport of calls to what gives keys to this machine. No proxy of
// the environment may see the keys.
func (o *Options) nearby() http.RoundTripper {
	if o.Outgoing != nil {
		return o.Outgoing
	}
	t := web.NewTransport()
	t.Proxy = nil
	return t
}

func transportWith(cas *x509.CertPool) http.RoundTripper {
	t := web.NewTransport()
	if cas != nil {
		t.TLSClientConfig = tlsWith(cas)
	}
	return t
}

func tlsWith(cas *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: cas, MinVersion: tls.VersionTLS12}
}

// text is the URL, or "" for nil.
func text(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}

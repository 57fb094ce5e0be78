package server

import (
	"crypto/tls"
	"crypto/x509"
	"sync/atomic"

	"gatehouse/internal/gateway"
	"gatehouse/internal/relyingparty"
)

// currentProviders are the identity providers in use, which change when the
// configuration does.
type currentProviders struct {
	list atomic.Pointer[gateway.ProviderList]
}

func (c *currentProviders) set(provider relyingparty.Provider) {
	var list gateway.ProviderList
	if provider != nil {
		list = append(list, provider)
	}
	c.list.Store(&list)
}

// Default implements [gateway.Providers].
func (c *currentProviders) Default() relyingparty.Provider { return c.list.Load().Default() }

// ByID implements [gateway.Providers].
func (c *currentProviders) ByID(id string) relyingparty.Provider { return c.list.Load().ByID(id) }

func tlsWith(cas *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: cas, MinVersion: tls.VersionTLS12}
}

package server

import (
	"crypto/tls"
	"crypto/x509"
	"sync/atomic"

	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/relyingparty"
)

// currentProviders is the identity provider of the idp_ keys, which changes
// when the configuration does.
type currentProviders struct {
	list atomic.Pointer[proxy.ProviderList]
}

// set makes list the current one and returns what was current before.
func (c *currentProviders) set(list *proxy.ProviderList) *proxy.ProviderList {
	return c.list.Swap(list)
}

func listOf(provider relyingparty.Provider) *proxy.ProviderList {
	if provider == nil {
		return &proxy.ProviderList{}
	}
	return &proxy.ProviderList{provider}
}

// none reports whether the configuration has no idp_ keys.
func (c *currentProviders) none() bool { return len(*c.list.Load()) == 0 }

// Default implements [proxy.Providers].
func (c *currentProviders) Default() relyingparty.Provider { return c.list.Load().Default() }

// ByID implements [proxy.Providers].
func (c *currentProviders) ByID(id string) relyingparty.Provider { return c.list.Load().ByID(id) }

func tlsWith(cas *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: cas, MinVersion: tls.VersionTLS12}
}

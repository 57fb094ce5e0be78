package server

import (
	"sync/atomic"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/relyingparty"
)

// currentProviders holds the identity provider of the idp_ keys. It changes with
// the configuration.
type currentProviders struct {
	list atomic.Pointer[authenticate.ProviderList]
}

// set makes list the current one and returns the list before it.
func (c *currentProviders) set(list *authenticate.ProviderList) *authenticate.ProviderList {
	return c.list.Swap(list)
}

func listOf(provider relyingparty.Provider) *authenticate.ProviderList {
	if provider == nil {
		return &authenticate.ProviderList{}
	}
	return &authenticate.ProviderList{provider}
}

// none reports whether the configuration has no idp_ keys.
func (c *currentProviders) none() bool { return len(*c.list.Load()) == 0 }

// Default implements [authenticate.Providers].
func (c *currentProviders) Default() relyingparty.Provider { return c.list.Load().Default() }

// ByID implements [authenticate.Providers].
func (c *currentProviders) ByID(id string) relyingparty.Provider { return c.list.Load().ByID(id) }

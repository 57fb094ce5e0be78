package accessapi

import (
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/relyingparty"
)

// Providers are the providers of the management API beside the gateway's own,
// for renewing and revoking.
type Providers struct {
	Own    func() proxy.Providers // asked first, and for the default; nil: there is none
	Engine *access.Providers
}

var _ proxy.Providers = Providers{}

// Default implements [proxy.Providers]: the gateway's own way of signing in
// has the gateway's own provider.
func (p Providers) Default() relyingparty.Provider {
	if own := p.own(); own != nil {
		return own.Default()
	}
	return nil
}

// ByID implements [proxy.Providers].
func (p Providers) ByID(id string) relyingparty.Provider {
	if own := p.own(); own != nil {
		if found := own.ByID(id); found != nil {
			return found
		}
	}
	if w := p.Engine.Known(id); w != nil {
		return w
	}
	return nil
}

func (p Providers) own() proxy.Providers {
	if p.Own == nil {
		return nil
	}
	return p.Own()
}

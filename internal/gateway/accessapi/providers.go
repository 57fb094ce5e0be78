package accessapi

import (
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/relyingparty"
)

// Providers are the providers of the management API beside the gateway's own,
// for renewing and revoking.
type Providers struct {
	Own    func() authenticate.Providers // asked first, and for the default; nil: there is none
	Engine *access.Providers
}

var _ authenticate.Providers = Providers{}

// Default implements [authenticate.Providers]: the gateway's own way of signing in
// has the gateway's own provider.
func (p Providers) Default() relyingparty.Provider {
	if own := p.own(); own != nil {
		return own.Default()
	}
	return nil
}

// ByID implements [authenticate.Providers].
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

func (p Providers) own() authenticate.Providers {
	if p.Own == nil {
		return nil
	}
	return p.Own()
}

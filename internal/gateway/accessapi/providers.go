package accessapi

import (
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// Providers finds the provider of a session, to renew or revoke its tokens. It
// knows the provider of the gateway's own sign-in and those of the management
// API.
type Providers struct {
	Own    func() authenticate.Providers // the gateway's own, asked first; nil: there are none
	Engine *access.Providers
}

var _ authenticate.Providers = Providers{}

// Choices implements [authenticate.Providers]. They are those of the gateway's own
// sign-in.
func (p Providers) Choices() []relyingparty.Provider {
	if own := p.own(); own != nil {
		return own.Choices()
	}
	return nil
}

// All implements [authenticate.Providers], as Choices does.
func (p Providers) All() []relyingparty.Provider {
	if own := p.own(); own != nil {
		return own.All()
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

// Stands is for session.Config: it reports whether the provider of a session is
// still in use, and believed as it was at the sign-in.
func (p Providers) Stands(s *session.Session) bool {
	if own := p.own(); own != nil && own.ByID(s.Provider) != nil {
		return true
	}
	w := p.Engine.Known(s.Provider)
	return w != nil && believed(w, s)
}

// believed reports whether a provider is believed about the e-mail address of a
// session.
func believed(p *access.Working, s *session.Session) bool {
	return p.Config.AllowUnverifiedEmail || !s.Identity.BelievesUnverified()
}

// own returns the gateway's own providers, or nil.
func (p Providers) own() authenticate.Providers {
	if p.Own == nil {
		return nil
	}
	return p.Own()
}

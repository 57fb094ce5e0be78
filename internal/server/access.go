package server

import (
	"net/http"
	"net/url"

	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/accessapi"
)

// accessPart is the front that speaks Cloudflare Access, with its engine.
type accessPart struct {
	engine *access.Engine
	api    *accessapi.API
	host   string // of the team domain, as the configuration has it
}

// newAccess makes the front that speaks Cloudflare Access. It returns nil if the
// configuration has no team domain.
func (g *gatewayPart) newAccess(c *config.Config, client *http.Client) (*accessPart, error) {
	if c.Access == nil {
		return nil, nil
	}
	s, o := g.server, g.options
	a := &accessPart{
		engine: access.New(access.Config{
			Store: s.store, Sealer: s.sealer, HTTP: client, Now: o.Now,
			Issuer: accessapi.TeamOrigin(c.Access.TeamDomain), Account: c.Access.AccountID, Others: c.PrefixesOfOthers(),
		}),
		host: c.Access.TeamDomain.Host,
	}
	tickets, attempts, err := g.signInState("access tickets", "access sign-in")
	if err != nil {
		return nil, err
	}
	box, err := accessBox(g.secrets)
	if err != nil {
		return nil, err
	}
	a.api, err = accessapi.New(accessapi.Config{
		Team: c.Access.TeamDomain, AccountID: c.Access.AccountID, Engine: a.engine,
		CheckToken: s.keys.CheckToken, AnyToken: o.Dev != nil && o.Dev.AnyKey,
		Sessions: g.sessions, Tickets: tickets, Attempts: attempts, Box: box,
		Locate:   func(hostport, uri string) *url.URL { return g.gateway.Locate(hostport, uri) },
		EndOther: func(w http.ResponseWriter, r *http.Request) error { return g.gateway.SignOut(w, r) },
		// If the configuration names an identity provider in Pomerium's way,
		// routes sign people in with that one.
		Active: g.current.none,
		Guard:  func(h http.Handler) http.Handler { return web.Within(workLimit, s.fromOwnPages(o, h)) },
		Now:    o.Now, Log: o.Log, Audit: o.audit(),
	})
	return a, err
}

func declaredProviders(c *config.Access) []*access.IdentityProvider {
	var list []*access.IdentityProvider
	for i := range c.IdentityProviders {
		p := &c.IdentityProviders[i]
		list = append(list, &access.IdentityProvider{ID: p.ID, Name: p.Name, Config: access.OIDC{
			ClientID: p.Config.ClientID, ClientSecret: p.Config.ClientSecret,
			AuthURL: text(p.Config.AuthURL), TokenURL: text(p.Config.TokenURL), CertsURL: text(p.Config.CertsURL),
			Scopes: p.Config.Scopes, Claims: p.Config.Claims, PKCE: p.Config.PKCEEnabled, EmailClaimName: p.Config.EmailClaimName,
			AllowUnverifiedEmail: p.Config.AllowUnverifiedEmail,
		}})
	}
	return list
}

// close may be called on nil.
func (a *accessPart) close() {
	if a != nil {
		a.engine.Close()
	}
}

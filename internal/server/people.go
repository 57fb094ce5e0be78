package server

import (
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
)

// peopleSecret returns the secret of the gateway's app client in the pool of People.
// It comes of the master keys, so that it is the same on every node and at every
// start.
func peopleSecret(sealer *seal.Sealer) seal.Secret {
	return seal.Secret(ids.SecretFrom(sealer.MAC("gateway", "client of the people")))
}

// providerSecret returns the secret of the client at a provider.
func providerSecret(c *config.Config, p *config.Provider, sealer *seal.Sealer) seal.Secret {
	if c.People != nil && p.Main {
		return peopleSecret(sealer)
	}
	return p.ClientSecret
}

// declaredPools returns the pools to declare.
func declaredPools(c *config.Config, sealer *seal.Sealer) []config.Pool {
	if c.People == nil {
		return c.Directory.Pools
	}
	pools := slices.Clone(c.Directory.Pools)
	for i := range pools {
		if pools[i].ID == c.People.Pool {
			pools[i].Clients = slices.Clone(pools[i].Clients)
			pools[i].Clients[0].Secret = peopleSecret(sealer)
		}
	}
	return pools
}

// underIssuer reports whether a request is for the pool of People, whose pages share
// the host of the sign-in service. Everything else at this host is the gateway's: the
// API of the user pools is not there.
func underIssuer(c *config.Config, r *http.Request) bool {
	rest, under := strings.CutPrefix(r.URL.Path, strings.TrimSuffix(c.Directory.URL.Path, "/")+"/"+c.People.Pool)
	return under && (rest == "" || rest[0] == '/')
}

// samePeople returns ErrRestart if another configuration signs people in elsewhere,
// where a running server does not answer.
func (s *Server) samePeople(c *config.Config) error {
	before, after := s.started.People, c.People
	switch {
	case before == nil && after == nil:
		return nil
	case before == nil || after == nil:
		return ErrRestart.Saying("To begin or to end signing people in with the users of this installation takes a restart.")
	case *before != *after || text(directoryURL(s.started)) != text(directoryURL(c)):
		return ErrRestart.Saying("The address at which people sign in follows from the domain that all routes share, and is another one now: set authenticate_service_url to %s, or restart.", text(s.started.AuthenticateServiceURL))
	}
	return nil
}

package server

import (
	"net/url"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/config"
)

// certificates returns the certificates that the configuration names. If it names
// none, one of a local authority is for all hosts of the installation.
func (s *Server) certificates(c *config.Config) certs.Config {
	out := certs.Config{Dir: c.DataDir, Log: s.log, Now: s.now}
	for _, pair := range c.TLS {
		out.Pairs = append(out.Pairs, certs.Pair{Cert: pair.Cert, Key: pair.Key})
	}
	for _, u := range []*url.URL{c.AuthenticateServiceURL, directoryURL(c), teamURL(c)} {
		if u != nil {
			out.Hosts = append(out.Hosts, u.Hostname())
		}
	}
	if c.Directory != nil && c.Directory.DomainSuffix != "" {
		out.Hosts = append(out.Hosts, "*."+c.Directory.DomainSuffix)
	}
	if c.Directory != nil {
		for _, host := range c.Directory.Hosts {
			out.Hosts = append(out.Hosts, hostname.Of(host))
		}
	}
	for _, r := range c.AllRoutes() {
		out.Hosts = append(out.Hosts, r.From.Hostname())
	}
	return out
}

func directoryURL(c *config.Config) *url.URL {
	if c.Directory == nil {
		return nil
	}
	return c.Directory.URL
}

func teamURL(c *config.Config) *url.URL {
	if c.Access == nil {
		return nil
	}
	return c.Access.TeamDomain
}

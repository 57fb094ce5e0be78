package server

import (
	"context"
	"fmt"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/userpool"
)

// claims is the hosts that a configuration names: each belongs to one part of the
// installation. The domains that the API gives to pools take none of them, and no
// route with a wildcard takes an own host or a domain.
type claims struct {
	own    map[string]bool   // where people sign in or programs call an API
	owners map[string]string // in words; the hosts of declared pools are not in it
	ports  map[string]string // see publicPorts
}

func claimsOf(c *config.Config) *claims {
	all := &claims{own: map[string]bool{}, owners: map[string]string{}, ports: publicPorts(c)}
	for _, r := range c.AllRoutes() {
		all.owners[hostname.Of(r.From.Host)] = "a route of the gateway"
	}
	for _, own := range c.OwnHosts() {
		all.own[own.Host] = true
		if !own.OfPool {
			all.owners[own.Host] = own.Key + " of the configuration"
		}
	}
	return all
}

// elsewhere reports whether the host of a request is the directory's, the sign-in
// service's or a pool's: no route with a wildcard takes it.
func (s *Server) elsewhere(host string) bool {
	return s.claims.Load().own[host] || s.directory != nil && s.directory.sites.Knows(host)
}

// hostTaken says why a domain of a pool could not answer at its host.
func (s *Server) hostTaken(c *config.Directory) func(*userpool.Domain) string {
	return func(d *userpool.Domain) string {
		if prefix, under := c.PrefixOf(d.Name); d.Custom && under {
			return fmt.Sprintf("names under %s are for prefix domains; create the prefix domain %s", c.DomainSuffix, prefix)
		}
		if !d.Custom && c.DomainSuffix == "" {
			return "prefix domains need directory.domain_suffix in the configuration"
		}
		host := c.DomainHost(d.Name)
		if owner := s.claims.Load().owners[host]; owner != "" {
			return fmt.Sprintf("the host %s belongs to %s", host, owner)
		}
		return ""
	}
}

// refuseClaimed returns a fault for each route that names the domain of a pool,
// which may be one that the API made.
func (d *directory) refuseClaimed(ctx context.Context, c *config.Config) error {
	if err := d.pools.LearnDomains(ctx); err != nil {
		return fmt.Errorf("load the domains of the user pools: %w", err)
	}
	var faults []settings.Fault
	for _, r := range c.AllRoutes() {
		host := hostname.Of(r.From.Host)
		if !d.sites.Knows(host) {
			continue
		}
		has, err := d.sites.Domain(ctx, host)
		if fault.KindOf(err) == fault.NotFound { // deleted meanwhile
			continue
		}
		if err != nil {
			return err
		}
		faults = append(faults, c.Fault(r.Key+".from", fmt.Sprintf("has the host of the domain %s of user pool %s", has.Name, has.Pool), "",
			"that host serves only the sign-in pages of the pool: use another host, or delete the domain"))
	}
	return settings.AsError(faults)
}

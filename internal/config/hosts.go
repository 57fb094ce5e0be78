package config

import (
	"net/url"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/settings"
)

// OwnHost is a host of the installation that answers by itself: no route with a
// wildcard takes it.
type OwnHost struct {
	Host   string // as package hostname spells it
	Key    string // the key that names it
	Serves string // in words: "sign-in"
	OfPool bool   // the domain of a declared pool
}

// The keys of own hosts that a second key may name.
const (
	keyAuthenticate = "authenticate_service_url"
	keyTeamDomain   = "access.team_domain"
)

// OwnHosts returns the hosts at which people sign in or programs call an API: those
// of the directory, of the sign-in services and of the declared pools. The API can
// give pools further domains.
func (c *Config) OwnHosts() []OwnHost {
	var all []OwnHost
	add := func(u *url.URL, key, serves string) {
		if u != nil {
			all = append(all, OwnHost{Host: hostname.Of(u.Host), Key: key, Serves: serves})
		}
	}
	if c.Directory != nil && !c.peopleAtSignIn() {
		add(c.Directory.URL, "directory.url", "the directory")
	}
	if c.Directory != nil {
		for i, host := range c.Directory.Hosts {
			if hostname.IsHost(host) { // others are reported
				all = append(all, OwnHost{Host: hostname.Of(host), Key: settings.Item("directory.hosts", i), Serves: "the directory"})
			}
		}
	}
	add(c.AuthenticateServiceURL, keyAuthenticate, "sign-in")
	if c.Access != nil {
		add(c.Access.TeamDomain, keyTeamDomain, "Access")
	}
	if c.Directory == nil {
		return all
	}
	for i := range c.Directory.Pools {
		if host := c.Directory.DomainHost(c.Directory.Pools[i].Domain); host != "" {
			key := settings.Item("directory.pools", i) + ".domain"
			all = append(all, OwnHost{Host: host, Key: key, Serves: "the sign-in pages of that pool", OfPool: true})
		}
	}
	return all
}

// DomainHost returns the host at which a domain of a pool answers. A domain is a
// full host name, or a prefix under domain_suffix. It returns "" for no domain, and
// for a prefix without a suffix.
func (d *Directory) DomainHost(domain string) string {
	switch {
	case strings.Contains(domain, "."):
		return hostname.Of(domain)
	case domain == "" || d.DomainSuffix == "":
		return ""
	}
	return hostname.Of(domain + "." + d.DomainSuffix)
}

// PrefixOf returns the prefix with which a host name stands under domain_suffix, or
// false.
func (d *Directory) PrefixOf(host string) (prefix string, under bool) {
	if d.DomainSuffix == "" {
		return "", false
	}
	return strings.CutSuffix(hostname.Of(host), "."+hostname.Of(d.DomainSuffix))
}

// checkHosts refuses a second key for an own host, and a route that names one: the
// host name selects the part that answers a request, not the port. Pomerium: a
// route may name the authenticate host; it gets the paths that are not sign-in's. If
// people type their passwords there, none may: a script of the application could
// read them, and the application would get the cookies of the pages.
func (k *checker) checkHosts() {
	seen := map[string]OwnHost{}
	for _, own := range k.c.OwnHosts() {
		first, twice := seen[own.Host]
		switch {
		case !twice:
			seen[own.Host] = own
		case first.Key == keyAuthenticate && own.Key == keyTeamDomain:
			seen[own.Host] = own // no route may name it
		case first.OfPool: // reported as two pools with one domain
		default:
			k.hostTaken(own.Key, first)
		}
	}
	for i, r := range k.c.AllRoutes() {
		if r.From == nil {
			continue
		}
		if own, taken := seen[hostname.Of(r.From.Host)]; taken && (own.Key != keyAuthenticate || k.c.peopleAtSignIn()) {
			k.hostTaken(r.keyed(i).Key+".from", own)
		}
	}
}

func (k *checker) hostTaken(path string, own OwnHost) {
	k.fail(path, "has the host of "+own.Key, "", "that host serves only "+own.Serves+": use another host")
}

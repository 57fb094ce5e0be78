package server

import (
	"fmt"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/config"
)

// HostRole says which part of the installation answers a host name.
type HostRole struct {
	Host string // without port; may hold wildcards
	Part string // in words: "the sign-in pages of pool us-east-1_Staff0001 (staff)"
}

// hostRoles lists the host names that a configuration answers: those of the
// directory, of the sign-in services and of the routes, each once.
func hostRoles(c *config.Config) []HostRole {
	roles := signInRoles(c)
	if c.People == nil || !c.People.AtSignIn {
		roles = append(directoryRoles(c.Directory), roles...)
	}
	return append(roles, routeRoles(c)...)
}

func directoryRoles(d *config.Directory) []HostRole {
	if d == nil {
		return nil
	}
	roles := []HostRole{{d.URL.Hostname(), "the user pools API, and the issuers of pools"}}
	for _, host := range d.Hosts {
		roles = append(roles, HostRole{hostname.Of(host), "the same, under another name"})
	}
	for i := range d.Pools {
		if p := &d.Pools[i]; p.Domain != "" {
			roles = append(roles, HostRole{d.DomainHost(p.Domain), fmt.Sprintf("the sign-in pages of pool %s (%s)", p.ID, p.Name)})
		}
	}
	if d.DomainSuffix != "" {
		roles = append(roles, HostRole{"*." + d.DomainSuffix, "the sign-in pages of pools that the API makes"})
	}
	return roles
}

func signInRoles(c *config.Config) []HostRole {
	var roles []HostRole
	if c.AuthenticateServiceURL != nil {
		part := "the sign-in service of the gateway"
		if c.People != nil && c.People.AtSignIn {
			part += ", and the sign-in pages of the users of this installation"
		}
		roles = append(roles, HostRole{c.AuthenticateServiceURL.Hostname(), part})
	}
	if c.Access != nil {
		roles = append(roles, HostRole{c.Access.TeamDomain.Hostname(), "the team domain of Access: sign-in, and the management API"})
	}
	return roles
}

func routeRoles(c *config.Config) []HostRole {
	var roles []HostRole
	count := map[string]int{}
	for _, r := range c.AllRoutes() {
		host := strings.ToLower(r.From.Hostname())
		if count[host]++; count[host] == 1 {
			roles = append(roles, HostRole{Host: host})
		}
	}
	for i := range roles {
		roles[i].Part = plural(count[roles[i].Host], "route")
	}
	return roles
}

// plural puts a number before a noun: "1 route", "2 routes".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

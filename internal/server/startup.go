package server

import (
	"fmt"

	"gatehouse/internal/config"
	"gatehouse/internal/store"
)

// Part is a part of the system that runs, and where.
type Part struct {
	Name string // "directory", "gateway", "database"
	At   string // a URL, an address, a path or, of the database, its description
}

// Parts lists what a server with this configuration runs and what it stands on.
// Nothing in it is secret.
func Parts(c *config.Config) []Part {
	parts := servedParts(c)
	for _, p := range []Part{
		{"redirect to https", c.HTTPRedirectAddr}, {"probes", c.HealthCheckAddr}, {"metrics", c.MetricsAddress},
		{"questions of other proxies", c.ForwardAuth.At()},
		{"database", store.Describe(c.Database.Reveal())}, {"master keys", MasterKeysOf(c)},
	} {
		if p.At != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

func servedParts(c *config.Config) []Part {
	var parts []Part
	if c.People != nil {
		parts = append(parts, Part{"people", c.IDPProviderURL})
	} else if c.Directory != nil {
		parts = append(parts, Part{"directory", c.Directory.URL.String()})
	}
	if n := len(c.AllRoutes()); n > 0 {
		parts = append(parts, Part{"gateway", fmt.Sprintf("%s on %s", plural(n, "route"), c.Address)})
	}
	if c.AuthenticateServiceURL != nil {
		parts = append(parts, Part{"sign-in service", c.AuthenticateServiceURL.String()})
	}
	if c.Access != nil {
		parts = append(parts, Part{"team domain", c.Access.TeamDomain.String()})
	}
	return parts
}

// MasterKeysOf says where the master keys come from, for a person.
func MasterKeysOf(c *config.Config) string {
	if c.MasterKeyFile == "" {
		return "the key master_key of the configuration"
	}
	return c.MasterKeyFile
}

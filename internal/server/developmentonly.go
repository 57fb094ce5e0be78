package server

import (
	"fmt"
	"strings"

	"gatehouse/internal/config"
)

// DevelopmentOnly warns of settings that suit development and not production,
// and says what production needs instead. It returns nil if there are none.
func DevelopmentOnly(c *config.Config) []string {
	var all []string
	if !c.InsecureServer && len(c.TLS) == 0 && !c.Autocert {
		all = append(all, "for development only: the certificate is of a local authority, which a machine trusts only after gatehouse ca trust: set autocert, or certificate_file and certificate_key_file")
	}
	if c.InsecureServer {
		all = append(all, "for development, or behind a proxy that ends TLS: insecure_server lets passwords cross "+c.Address+" in clear")
	}
	if strings.HasSuffix(c.Database.Reveal(), ":memory:") {
		all = append(all, "for development only: database: everything is lost when the process ends: write sqlite:///path/to/file or postgres://user@host/name")
	}
	all = append(all, developmentPools(c.Directory)...)
	return append(all, unverifiedUpstreams(c)...)
}

func developmentPools(d *config.Directory) []string {
	if d == nil {
		return nil
	}
	var all []string
	for i := range d.Pools {
		p := &d.Pools[i]
		if len(p.Users) > 0 {
			all = append(all, fmt.Sprintf("for development only: directory.pools[%d].users: the passwords of %s stand in the configuration file: invite the people instead", i, plural(len(p.Users), "user")))
		}
		if p.AWSIssuer {
			all = append(all, fmt.Sprintf("for development only: directory.pools[%d].aws_issuer: the tokens name AWS as their issuer, and AWS publishes other keys: set it to false", i))
		}
	}
	return all
}

func unverifiedUpstreams(c *config.Config) []string {
	var all []string
	for _, r := range c.AllRoutes() {
		if r.TLSSkipVerify {
			all = append(all, "for development only: "+r.Key+".tls_skip_verify: anyone on the way can pass for the upstream: name its authority with tls_custom_ca_file")
		}
	}
	return all
}

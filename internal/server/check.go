package server

import (
	"fmt"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/proxy"
)

// Report is what [Check] finds in a configuration that is valid.
type Report struct {
	Hosts    []HostRole
	Routes   []RouteReport // in the order in which they are tried
	Warnings []string      // those that concern no single route
}

// RouteReport is a route with what its keys say in words, and what may not be meant by
// it.
type RouteReport struct {
	*proxy.Route
	Host     string   // that the upstreams get; "": each gets its own
	SignIn   []string // what it asks besides its policy
	Limits   []string // of its own
	Warnings []string
}

// Check looks at a configuration without opening or calling anything: what each
// host and route does, and what is allowed but may not be meant.
func Check(c *config.Config) (*Report, error) {
	routes, err := checkRoutes(c)
	if err != nil {
		return nil, err
	}
	warnings := append(append([]string(nil), c.Warnings...), poolsWithoutMail(c)...)
	warnings = append(warnings, DevelopmentOnly(c)...)
	return &Report{Hosts: hostRoles(c), Routes: routes, Warnings: warnings}, nil
}

func checkRoutes(c *config.Config) ([]RouteReport, error) {
	routes, table, err := routeTable(c)
	if err != nil {
		return nil, err
	}
	reports, keys := make([]RouteReport, len(routes)), c.AllRoutes()
	for i, r := range routes {
		reports[i] = RouteReport{Route: r, Host: describeHost(keys[i]), SignIn: describeSignIn(c, keys[i]), Limits: describeLimits(keys[i]), Warnings: r.Policy.Warnings()}
	}
	for _, s := range table.Shadows() {
		w := fmt.Sprintf("no request reaches this route: %s takes everything under %s; put this route before it, or take it out", keys[s.ByIndex].Key, s.By.Pattern())
		reports[s.RouteIndex].Warnings = append(reports[s.RouteIndex].Warnings, w)
	}
	return reports, nil
}

// poolsWithoutMail says what the declared pools cannot do without a mail server.
func poolsWithoutMail(c *config.Config) []string {
	d := c.Directory
	if d == nil || sendsEmail(d) {
		return nil
	}
	if c.People != nil {
		return []string{"people who forget their password need a new link from you (gatehouse user reset): set directory.smtp or directory.ses, so that they can reset it themselves"}
	}
	var all []string
	for i := range d.Pools {
		cannot := "nobody can reset a forgotten password"
		if d.Pools[i].SelfSignUp {
			cannot = "people may sign up, but nobody gets the code that confirms the address, and nobody can reset a forgotten password"
		}
		all = append(all, fmt.Sprintf("directory.pools[%d] (%s): %s: set directory.smtp or directory.ses", i, d.Pools[i].ID, cannot))
	}
	return all
}

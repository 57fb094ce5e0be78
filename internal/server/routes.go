package server

import (
	"errors"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/gateway/route"
)

// routeTable compiles the routes of a configuration, in the order in which they
// are tried, and the table that finds them. "serve" follows them, "check"
// describes them and "explain" asks them. The error is a *settings.Faults with
// every fault of their matching and their policies.
func routeTable(c *config.Config) ([]*proxy.Route, *route.Table, error) {
	var routes []*proxy.Route
	var keys []*config.Route // of routes
	var faults settings.Faults
	known := trusts{}
	for _, r := range c.AllRoutes() {
		compiled, err := compileRoute(c, r, known)
		if err != nil {
			faults.List = append(faults.List, routeFaults(c, r, err)...)
			continue
		}
		routes, keys = append(routes, compiled), append(keys, r)
	}
	table, err := route.NewTable(matchersOf(routes), reservedBy(c))
	if err != nil {
		faults.List = append(faults.List, tableFaults(c, keys, err)...)
	}
	if len(faults.List) > 0 {
		return nil, nil, &faults
	}
	return routes, table, nil
}

// reservedBy returns which hosts no route with a wildcard takes, as far as the
// configuration says.
func reservedBy(c *config.Config) func(host string) bool {
	own := claimsOf(c).own
	return func(host string) bool { return own[host] }
}

func matchersOf(routes []*proxy.Route) []*route.Route {
	matchers := make([]*route.Route, len(routes))
	for i, r := range routes {
		matchers[i] = r.Route
	}
	return matchers
}

// PolicyFaults returns what is wrong with the policies of a configuration. It is a
// [config.Check], so that the faults of policies are reported with all others.
func PolicyFaults(c *config.Config) []settings.Fault {
	var all []settings.Fault
	for _, r := range c.AllRoutes() {
		if _, err := policy.Compile(accessOf(r)); err != nil {
			all = append(all, routeFaults(c, r, err)...)
		}
	}
	return all
}

// tableFaults places in the file what the table finds wrong with the routes
// whose keys these are.
func tableFaults(c *config.Config, keys []*config.Route, err error) []settings.Fault {
	var all []settings.Fault
	for _, e := range unjoin(err) {
		var rf *route.Fault
		if errors.As(e, &rf) && rf.Route >= 0 && rf.Route < len(keys) {
			all = append(all, routeFaults(c, keys[rf.Route], e)...)
			continue
		}
		all = append(all, c.Fault("routes", e.Error(), "", ""))
	}
	return all
}

// routeFaults places in the file what an engine finds wrong with a route.
func routeFaults(c *config.Config, r *config.Route, err error) []settings.Fault {
	var all []settings.Fault
	for _, e := range unjoin(err) {
		all = append(all, routeFault(c, r, e))
	}
	return all
}

func routeFault(c *config.Config, r *config.Route, err error) settings.Fault {
	var pf *policy.Fault
	if errors.As(err, &pf) {
		return c.Fault(r.Key+"."+pf.Path, pf.Message, "", pf.Hint)
	}
	var rf *route.Fault
	if errors.As(err, &rf) {
		return c.Fault(r.Key+"."+rf.Key, rf.Message, "", rf.Hint)
	}
	return c.Fault(r.Key, err.Error(), "", "")
}

// unjoin returns the errors that errors.Join made one of.
func unjoin(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, unjoin(e)...)
	}
	return all
}

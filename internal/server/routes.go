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
	routes, keys, faults := compileRoutes(c)
	table, err := route.NewTable(matchersOf(routes), reservedBy(c))
	if err != nil {
		faults = append(faults, tableFaults(c, keys, err)...)
	}
	if err := settings.AsError(faults); err != nil {
		return nil, nil, err
	}
	return routes, table, nil
}

// compileRoutes compiles the routes of a configuration without their table. keys are
// those of the routes that have no fault.
func compileRoutes(c *config.Config) (routes []*proxy.Route, keys []*config.Route, faults []settings.Fault) {
	known, all := trusts{}, c.AllRoutes()
	routes, keys = make([]*proxy.Route, 0, len(all)), make([]*config.Route, 0, len(all))
	for _, r := range all {
		compiled, err := compileRoute(c, r, known)
		if err != nil {
			faults = append(faults, routeFaults(c, r, err)...)
			continue
		}
		routes, keys = append(routes, compiled), append(keys, r)
	}
	return routes, keys, faults
}

// placed returns err, with which a gateway refused the routes of a configuration, as
// faults that have their places in the file.
func placed(c *config.Config, err error) error {
	if _, _, faults := routeTable(c); faults != nil {
		return faults
	}
	return err
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

// Package balance chooses the upstream of each request among those of a route.
//
//	Set.Pick     which of them now         by the policy, among those that are up
//	Host.Begin   a request is on its way   counted for LeastRequest
//	Set.Report   what came of it           several failures in a row eject (Outliers)
//	Set.Start    asks them by itself       a check that fails takes them out (Check)
//
// A host is up if no check of it fails and it is not ejected. If too few are up,
// the set stops to believe what it knows of them, and uses all (Config.Panic). The
// hosts that are up are in a plan, which is made anew when one goes away or comes
// back, so that picking is one look at it.
//
// What is known of a host outlives the set: the set of the next configuration
// takes it over. Meanings, names and defaults are Envoy's, which Pomerium hands
// such keys on to. Sending requests is left to package proxy.
package balance

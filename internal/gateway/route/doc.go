// Package route answers which route a URL means, and what becomes of the URL on
// its way to the upstream. All of it is pure: values in, values out, so that the
// proxy, the configuration check and the explanation of a decision ask the same
// functions.
//
//	path as it came ──Cleaning.Clean──▶ Cleaned
//	host, port, Cleaned ──Table.MatchCleaned──▶ *Route
//	Route.UpstreamPath, Route.UpstreamHost ──▶ what is sent
//	Route.RedirectURL ──▶ where a redirecting route points
//
// # What is matched is what is sent
//
// A policy is worth nothing if the upstream sees another path than the one that
// was judged. So a path is brought into one form first (escapes of ordinary
// letters undone, dot segments resolved, double slashes merged), that form is
// matched, and that form is sent. What servers are known to read differently is
// refused: control characters, broken escapes, escaped slashes and backslashes
// (unless the configuration says otherwise), "..;" segments. Where an upstream
// may still read a path in two ways (parameters after ";", slashes left
// escaped), both readings must mean the same route, and the policy must allow
// both.
//
// # Which route
//
// Hosts without wildcard come first. A host that has such a route never falls
// through to a wildcard. Among a host's routes the first in the file wins whose
// port and path fit.
//
// The package does not read the configuration, does not decide who may pass,
// and sends nothing.
package route

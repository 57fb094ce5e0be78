// Package route finds the route of a URL, and the URL that goes upstream. All its
// functions are pure, so that the proxy, the configuration check and the
// explanation of a decision call the same ones.
//
//	path of the request ──Cleaning.Clean──▶ Cleaned
//	host, port, Cleaned ──Table.MatchCleaned──▶ *Route
//	Route.UpstreamPath, Route.UpstreamHost ──▶ what is sent
//	Route.RedirectURL ──▶ where a redirecting route points
//
// # What is matched is what is sent
//
// A policy is useless if the upstream sees another path than the policy did. So a
// path is first brought into one form: escapes of ordinary letters are decoded,
// dot segments are resolved, double slashes are merged. That form is matched, and
// that form is sent.
//
// Servers are known to read some paths differently. Those are refused: control
// characters, broken escapes, escaped slashes and backslashes (unless the
// configuration says otherwise), "..;" segments. An upstream may still
// read an accepted path in two ways: if it has parameters after ";", or slashes
// left escaped. Then both readings must have the same route, and the policy must
// allow both.
//
// # Which route
//
// Routes without a wildcard in the host come first. A host that has such a route
// never uses one with a wildcard. Among a host's routes, the first in the file
// whose port and path match is used.
//
// Reading the configuration, deciding who may pass and sending requests belong to
// others.
package route

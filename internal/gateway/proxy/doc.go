// Package proxy is the identity-aware reverse proxy: the edge that stands
// before web applications, and the authenticate service that its hosts share.
//
// A request to an application goes through questions, each a function of
// values; one thin handler ([compiled.serve]) asks them in order:
//
//	which path, which route     route.Cleaning, route.Table   else 400, 404
//	whose session               identify                      none is an answer
//	what decision               policy.Policy.Decide          sign in, 403, 495
//	which headers               headers.go, assertion.go
//	proxy, redirect or answer   proxy.go, answer.go           else 502 … 504
//
// Who must sign in goes round by the authenticate host and comes back with a
// ticket (session.Tickets), bound to the host and the browser:
//
//	app ─ signed link ─▶ /.pomerium/sign_in ─▶ provider ─▶ /oauth2/callback
//	app /.pomerium/callback/ ◀─ ticket ──────────────────────────┘
//
// Every host has a cookie of its own that is sealed for that host; all of them
// name one session, so that one sign-out ends them all.
//
// Paths, hosts, headers and answers are Pomerium's, so that its configuration
// files and the applications behind it work unchanged. Another front, such as
// Cloudflare Access's, takes part through [Hooks]. Listening, TLS and reading
// configuration are left to others.
package proxy

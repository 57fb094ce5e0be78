// Package proxy is the identity-aware reverse proxy. It stands before web
// applications, and its authenticate host signs people in for all of them.
//
// A request goes through questions. Each is a function of values, and one thin
// handler (chain.serve) asks them in order:
//
//	which path, which route     route.Cleaning, route.Table   else 400, 404
//	which session               chain.identify                may be none
//	which decision              policy.Policy.Decide          sign in, 403, 495
//	which headers               outgoing.go, assertion.go
//	proxy, redirect or answer   relay.go, answer.go           else 502, 503, 504
//
// The package has these parts:
//
//	chain      asks the questions
//	forwarder  what a request and an answer are given on their way
//	relay      the reverse proxy: sends both on
//	pomerium   Pomerium's front: the authenticate host and /.pomerium/
//	addresses  which URLs are the gateway's
//	inquiry    a question of another proxy, in place of a request to pass on
//	answers    pages, errors and redirects of the gateway itself
//
// A person who must sign in goes to the authenticate host and comes back with a
// ticket; package authenticate has that round trip. Every host has a cookie of
// its own, sealed for that host. All of them name one session, so one sign-out
// ends them all.
//
// Paths, hosts, headers and answers are Pomerium's, so its configuration files
// and the applications behind it work unchanged. Another front, such as
// Cloudflare Access's, takes part as a [Front]. Listening, TLS and reading
// configuration belong to others.
package proxy

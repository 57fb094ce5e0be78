// Package authenticate is the sign-in round trip of the gateway. It takes a
// browser from an application's host to an identity provider, and back with a
// session:
//
//	application's host        sign-in host                identity provider
//	Bind: browser cookie
//	  └─ link ──────────────▶ Begin: sealed state ──────▶ signs the person in
//	                          Callback ◀───────────────── code
//	                            session, cookie
//	Arrive ◀── ticket ────────── Hooks.HandOver
//	  cookie, and on to the wanted page
//
// Two fronts use it: Pomerium's (package proxy) and Cloudflare Access's
// (package accessapi). They differ in paths, cookies and links, which they
// give to a [RoundTrip] as [Hooks]. The RoundTrip owns the order of the steps,
// so that no front can forget one: a ticket is bound to one host and one
// browser, works once, and leads only to a URL of the gateway.
//
// The protocol with the provider belongs to relyingparty, and the life of a
// session to session. Which pages a person sees belongs to the fronts.
package authenticate

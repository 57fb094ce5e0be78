// Package session knows who is signed in at the gateway.
//
// A session is made when an identity provider has vouched for somebody, and
// lives until a fixed time, until its person signs out, or until the provider
// refuses to renew its tokens. The browser holds a random handle; the store
// holds the session, sealed, under the hash of the handle; every node holds
// the sessions in use in memory:
//
//	handle ─ hash ─▶ ID ─▶ memory (fresh: no database call)
//	                        └ older than the bound ─▶ Store ─▶ open the seal
//	                                                   └ gone: signed out
//
// A [Manager] does that. What is deleted on one node is gone there at once and
// on the others within the bound. When the provider's tokens are about to end
// the manager renews them, once for all waiting requests and for all nodes,
// and replaces the identity's claims by the new ones.
//
// A [Tickets] hands a session over from the host where sign-in happened to the
// host that the person wanted: both kinds of front (Pomerium's and Cloudflare
// Access's) use it. Cookies, redirects and the protocol of the identity
// provider are left to others.
package session

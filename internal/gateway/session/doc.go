// Package session keeps the gateway's sessions: who is signed in.
//
// A session begins when an identity provider has signed a person in. It ends
// at a fixed time, when the person signs out, or when the provider refuses to
// renew its tokens. The browser has a random handle. The store has the session,
// sealed, under the hash of the handle. Every node keeps the sessions in use in
// memory:
//
//	handle ─ hash ─▶ ID ─▶ memory (no database call)
//	                        └ not there ─▶ Store ─▶ open the seal
//	                                        └ gone: signed out
//
// A [Manager] does that. What ends or changes sessions is a [Change] in the
// store, in the same transaction. Every node reads the new changes twice a
// second, and forgets the sessions that they concern. An ended session is then
// found no more. Of a changed one, the provider is asked about the person again
// before the next request.
//
// When the provider's tokens are about to end, the manager renews them, once for
// all waiting requests and for all nodes. The new claims replace the old ones.
//
// [Tickets] pass a session from the host where sign-in happened to the host
// that the person wanted. Cookies and redirects belong to the fronts, and the
// protocol with the identity provider to relyingparty.
package session

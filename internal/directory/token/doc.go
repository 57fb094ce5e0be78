// Package token issues, refreshes, revokes and verifies the tokens of a pool,
// and keeps what they come from.
//
// One sign-in is one [Grant]; every token that comes of it, by refresh too,
// names it as its origin, and dies with it:
//
//	API sign-in ──────────────────────────────► IssueForSignIn ─┐
//	browser ─► CheckAuthorization ─► Authorize ─► ExchangeCode ─┼─► Grant ─► ID, access, refresh token
//	                                     └─ implicit ───────────┘      └─► Refresh, Revoke, RevokeAllOf
//	machine ─► ClientCredentials ─► access token, of no grant
//
// A browser that signed a person in keeps a [BrowserSession], so that the next
// app client needs no second sign-in.
//
// Each pool has two RSA keys, one for ID tokens and one for access tokens, made
// when first needed. Refresh tokens, codes and session handles are kept as
// hashes; the private halves of the keys are sealed.
//
// Who the user is, was proved before: by package signin. HTTP, with the names
// that OAuth gives to errors, is left to the edges.
package token

// Package token issues, refreshes, revokes and verifies the tokens of a pool.
//
// One sign-in is one [Grant]. Every token that comes from it, also by refresh,
// names the grant as its origin, and is revoked with it:
//
//	API sign-in ──────────────────────────────► IssueForSignIn ─┐
//	browser ─► CheckAuthorization ─► Authorize ─► ExchangeCode ─┼─► Grant ─► ID, access, refresh token
//	                                     └─ implicit ───────────┘      └─► Refresh, Revoke, RevokeAllOf
//	machine ─► ClientCredentials ─► access token without a grant
//
// A browser in which a user signed in keeps a [BrowserSession], so that the next
// app client needs no second sign-in.
//
// If the pool tracks sessions, grants and browser sessions remember their last use,
// and the user sees and ends each of them as a [UserSession]. Otherwise they
// remember nothing of it.
//
// Each pool has two RSA keys, one for ID tokens and one for access tokens, made
// when they are first needed, or before that by KeepStock. RotateKeys replaces them:
//
//	new key   published ── 2 hours ──► signs ───────────────────────────►
//	old key   signs ─────────────────► verifies only ── 25 hours ──► deleted
//
// If an app client rotates refresh tokens, each one works once, apart from a grace
// period. The tokens of a grant have one hash and a number each:
//
//	first token ── refresh ──► 2nd ── refresh ──► 3rd: the valid one
//	     └─ used again after its grace period: the grant is revoked
//
// Refresh tokens, codes and session handles are kept as hashes. The private
// keys are sealed.
//
// Package signin proves who the user is. HTTP, and the names that OAuth gives to
// errors, are left to the edges.
package token

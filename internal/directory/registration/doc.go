// Package registration lets applications register themselves as app clients of a
// pool: dynamic client registration (RFC 7591).
//
//	request ─▶ may the caller register?  a token with the scope for it, or, if the
//	    │                                pool is open, nothing: then counted by network
//	    ├────▶ what does it ask for?     grants, scopes and addresses that the pool allows
//	    └────▶ an app client             that shows where it came from
//
// What an application cannot have at all is refused, so that it does not fail later.
// What it can do without is left out, and the answer says what it got (RFC 7591 §2):
// grants that Gatehouse does not know, and characters that the name of an app client
// cannot have, and where to go after signing out, if anybody may register.
//
// A client that anybody may have registered is not trusted afterwards, either: the
// sign-in pages say so before every sign-in, the browser's session alone is never
// enough for it (package token), and the store removes it if nobody signs in to it.
package registration

// Package policy decides whether a request may pass. It reads Pomerium's
// policy language and Pomerium's older per-route keys, compiles them once into
// a small tree, and evaluates that tree for every request without allocating.
//
// # The language
//
//	policy    = rule | [ rule, … ]
//	rule      = { allow: operators, deny: operators }           one or both
//	operators = { and: [criterion…], or: […], not: […], nor: […] }
//	criterion = { name: data } | { name/sub: data }             one key each
//
// An operator with its criteria is a group. The groups of all rules of one
// action are joined by OR: {and: […], not: […]} means "either", never "and,
// but not". Inside a group:
//
//	and   every criterion is true
//	or    one is true
//	not   every one is false
//	nor   one is false
//
// The last two read the wrong way round; that is what Pomerium does with them,
// and files depend on it. An empty list is no group at all.
//
// Criteria of the identity: authenticated_user, email, domain, user, groups,
// claim/<name>. Of the request: http_method, http_path, source_ip,
// cors_preflight, client_certificate, invalid_client_certificate, date,
// day_of_week, time_of_day. Constant: accept, reject.
//
// A criterion of the identity is never true of a visitor who is not signed in,
// whatever its matcher says: {email: {not: …}} does not open a route. Turned
// around by not or nor it is true, but carries the reason user-unauthenticated,
// which sends the visitor to sign in before anything else is decided.
//
// # The decision
//
// All allow groups and all deny groups are evaluated; a true side keeps the
// reasons of what was true, a false one of what was false. Then, in order:
//
//  1. a deny that is true because of the client certificate: CertificateRequired
//  2. the reason user-unauthenticated on either side: SignIn
//  3. deny is true: Deny
//  4. allow is true: Allow
//  5. otherwise Deny, or CertificateRequired if only a certificate was missing
//
// # How the parts move
//
//	Access ──parse──▶ rules (syntax tree, with the place of every criterion)
//	       ──compile─▶ Policy (two lists of groups of leaves)
//	Policy.Decide(Request) ──▶ Decision ──Explain──▶ words
//
// [Compile] reports every fault of a policy at once. Each criterion has one
// file; what all of them share (the need for a session, the reasons, negation)
// is in leaf.go, so that none can forget it. Other rule languages can compile to
// the same tree: it knows all-of, any-of, negation and leaves, no syntax.
//
// The package does no input or output, knows nothing of HTTP handlers or of
// the configuration file, and leaves to its callers what an outcome looks
// like on the wire.
package policy

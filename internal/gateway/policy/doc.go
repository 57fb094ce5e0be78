// Package policy decides whether a request may pass. It reads Pomerium's policy
// language and Pomerium's older keys of routes. It compiles them once into a
// small tree, and evaluates the tree for every request without allocating.
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
// The names of the last two seem exchanged. Pomerium has them so, and files
// depend on it. An empty list is ignored.
//
// Criteria of the identity: authenticated_user, email, domain, user, groups,
// claim/<name>, device. Of the request: http_method, http_path, mcp_tool, source_ip,
// cors_preflight, client_certificate, invalid_client_certificate, date,
// day_of_week, time_of_day. Constant: accept, reject, pomerium_routes.
//
// E-mail addresses and domains are compared without letter case (address.go), and
// methods too. Everything else is compared exactly.
//
// A criterion about a fact that is unknown is neither true nor false: the e-mail
// address if the provider calls it unverified or if it can be read in two ways,
// the groups if the provider does not say them. Operators combine values by
// Kleene's logic. An allow side needs true, a deny side needs false, so that an
// unknown fact deceives neither.
//
// A criterion of the identity is never true of a visitor who is not signed in,
// whatever its matcher says: {email: {not: …}} does not open a route. Under not
// or nor it is true, but it has the reason user-unauthenticated, which sends the
// visitor to sign in.
//
// # The decision
//
// All allow groups and all deny groups are evaluated. A true side has the reasons
// of its true criteria, a false side those of its false ones. Then, in order:
//
//  1. a deny that is true because of the client certificate: CertificateRequired
//  2. the reason user-unauthenticated on either side: SignIn
//  3. the reason device-unauthenticated on either side: ProveDevice
//  4. deny is true or unknown: Deny
//  5. allow is true: Allow
//  6. otherwise Deny, or CertificateRequired if only a certificate was missing
//
// # How the parts move
//
//	Access ──parse──▶ rules (syntax tree, with the place of every criterion)
//	       ──compile─▶ Policy (two lists of groups of leaves)
//	Policy.Decide(Request) ──▶ Decision ──Explain──▶ words
//
// [Compile] reports every fault of a policy at once. Each criterion has one file.
// The rules that all of them share (the need for a session, unknown facts, the
// reasons, negation) are in leaf.go, so that no criterion can forget one. Other rule
// languages can compile to the same tree.
//
// The package does no input or output. HTTP, the configuration file, and the
// answer for each outcome belong to its callers.
package policy

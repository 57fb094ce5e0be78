// Package foreignhash checks passwords against the hashes that other systems keep of
// them: bcrypt, Argon2, scrypt and PBKDF2, as PHC strings and as Django, Flask,
// Keycloak and Auth0 write them.
//
//	Parse ───────────┐
//	FromKeycloak ────┼─▶ Hash ─ Matches(password)
//	FromAuth0 ───────┘     └─── Form ─▶ Blank: a hash of the same cost that nothing matches
//
// A hash comes from outside, and with it what checking it costs: costs beyond the
// limits in limits.go are refused when it is read, so a hash that was read can be
// checked in about a second at most. Hashes that are quick to guess, such as SHA-256
// without a work factor, are refused too.
//
// The package knows no users. Package credential says whose hash it is, and replaces
// it when its password has been proved.
package foreignhash

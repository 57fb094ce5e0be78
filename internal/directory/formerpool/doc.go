// Package formerpool calls the API of the user pool that a pool of ours was taken over
// from: Amazon Cognito, or whatever speaks its API.
//
//	Source ─ Call, Each ─▶ what the pool has, for package migrate
//	Asker ── Ask ────────▶ whether a password is right, at the first sign-in here
//
// What answers is outside, and may be wrong or hostile. An answer counts as a proof
// only if it is a sign-in, or a challenge that follows the password, and if the pool
// then names the sub that the user has here: a name may belong to somebody else by now.
//
// The package counts no guesses and keeps no password: package credential does both.
package formerpool

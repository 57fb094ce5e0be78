// Package credential makes and checks what proves who a user is: passwords, kept
// as SRP verifiers, and codes that were sent to an e-mail address or a phone.
//
//	password ── MakePassword ─► user.Password ── Matches, Verifier ─► right or wrong
//	code ────── NewCode ──────► Code (a MAC) ─── Redeem ────────────► change of the user
//
// It counts wrong guesses and limits them ([Engine.Try], [Engine.Hourly]). The
// counts are in the store, so that all nodes of an installation share them. A
// code is used up in the same transaction as the change that it allows
// ([Store.RedeemCode]).
//
// Which steps a sign-in takes is left to package signin, and when a code is sent
// to package account.
package credential

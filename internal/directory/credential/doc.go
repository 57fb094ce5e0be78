// Package credential makes and checks what proves who a user is: passwords, kept
// as SRP verifiers, codes that were sent to an e-mail address or a phone, and codes
// of authenticator apps.
//
//	password ── MakePassword ─► user.Password ── Matches, Verifier ─► right or wrong
//	code ────── NewCode ──────► Code (a MAC) ─── Redeem ────────────► change of the user
//	sent code ─ NewSentCode ──► a MAC ────────── SentCodeMatches ───► right or wrong
//	app ─────── NewTOTP ──────► user.TOTP ────── ProveTOTP ─────────► right or wrong, once
//
// It counts wrong guesses and limits them ([Engine.Try], [Engine.Hourly]). The
// counts are in the store, so that all nodes of an installation share them. A
// code is used up in the same transaction as the change that it allows
// ([Store.RedeemCode]).
//
// Which steps a sign-in takes is left to package signin, and when a code is sent
// to package account.
package credential

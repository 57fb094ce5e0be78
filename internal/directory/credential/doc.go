// Package credential holds what proves who a user is: passwords, as SRP
// verifiers, and codes that were sent to an e-mail address or a phone. It
// counts guesses, so that neither can be guessed.
//
// Guesses are counted in the store, where every node of an installation sees
// them. A code is used up in the same transaction as the change that it
// allows ([Store.RedeemCode]).
package credential

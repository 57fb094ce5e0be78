// Package device keeps the devices on which users of a pool sign in, so that a
// device that is remembered can prove itself instead of a code.
//
//	sign-in without a device ──► new key ──► Confirm ──► SetRemembered, if the pool asks first
//	sign-in with a key ──► Device ──► its proof: Verifier ──► NoteUse
//	                                              Forget ◄── user or administrator
//
// A device makes a password of its own and proves it with SRP (package srp). Only
// the verifier is kept, sealed. The refresh tokens of a sign-in are bound to its
// device: they work only together with its key, and end when it is forgotten.
//
// Package signin asks for the proof. Package token binds the tokens.
package device

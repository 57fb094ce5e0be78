// Package user holds the users and groups of a pool: who they are, the names
// under which they sign in, their attributes, and how they are listed.
//
// A user has one sub that never changes and never returns. It is found by its
// sub, by its username, or by an alias: an e-mail address, a phone number or a
// preferred username that the pool accepts for signing in. The names are kept
// apart, unique by constraint ([User.Keys]), so that two users can never
// answer to one name.
//
// [Engine] owns the rules; [Store] keeps the rows. What a password or a code is
// belongs to package credential, a user's way through sign-up and recovery to
// package account.
package user

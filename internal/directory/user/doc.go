// Package user holds the users and groups of a pool: the names with which they
// sign in, their attributes, their memberships, and how they are listed.
//
// A user has one sub, which never changes and is never given to another user.
// Its sub, its username and its aliases find it. An alias is an e-mail address,
// a phone number or a preferred username that the pool accepts for signing in.
// All names of a pool's users are unique by a constraint of the database
// ([User.Keys]), so a name never means two users.
//
// [Engine] has the rules. It keeps users and groups in a [Store], which package
// store implements and no caller of the engine can reach. Passwords and codes
// belong to package credential; sign-up and recovery belong to package account.
package user

// Package migrate takes a user pool over from Amazon Cognito, or from whatever speaks
// its API: settings, app clients with their ids and secrets, resource servers, identity
// providers, groups, and users with their subs.
//
//	Source.Call ─ Describe…, List… ─▶ JSON ─▶ the operations of package cognitoapi, in
//	                                          this process: they know what is offered
//	            ─ ListUsers ────────▶ users ─▶ package user, which keeps the sub
//
// What this installation does not take is left out and told in a [Report]. Passwords,
// authenticator apps, passkeys and devices cannot be read at Cognito. Users choose a new
// password with a code, or the password is asked for there at the first sign-in here
// (asking.go). It may run again: what is there stays as it is.
package migrate

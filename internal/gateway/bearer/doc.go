// Package bearer makes sessions of the tokens that programs send with every
// request (bearer_token_format).
//
//	Authorization: Bearer … ─▶ Reader.Session ─▶ session.Manager.Prove ─▶ memory
//	                                              └ not there ─▶ the token is verified
//
// There are three formats. An access token is shown to the identity provider's
// UserInfo, and again every [Recheck]. An ID token is one for our client. A JWT is of
// one of the issuers in identity_providers, and names one of their audiences. ID
// tokens and JWTs count until they end: nobody can take them back.
//
// The token of a service account (package operator) counts on every route, whatever
// its format. Its end reaches all nodes as the end of a session does.
//
// A token that nobody can judge without asking the provider or the store is asked about
// once: what was refused is remembered for a while, and a caller who presents many such
// tokens waits ([Refusals]). A token that was good of late is not concerned.
//
// The id of a session is a hash of the format, of who verifies, and of the token. So
// one token has one session, and none after a change of the settings that it was
// verified under.
//
// Which credential of a request counts is for the edge to say (package proxy).
package bearer

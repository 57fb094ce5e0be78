// Package oauth is the edge for OAuth 2.0 and OpenID Connect clients:
//
//	GET  <issuer>/.well-known/openid-configuration, jwks.json
//	GET  /oauth2/authorize    checks the request; gives a code at once if the
//	                          browser is signed in, else goes on to /login
//	POST /oauth2/token        authorization_code, refresh_token, client_credentials
//	GET  /oauth2/userInfo     the user's attributes, by scope; also POST
//	POST /oauth2/revoke       ends a grant
//	POST /oauth2/register     an application registers itself, if the pool allows it
//	GET  /logout              ends the browser's session, then goes on to a
//	                          registered address or to /login
//
// The parameter prompt of an authorization request decides what happens to a
// browser that is signed in (OpenID Connect Core §3.1.2.1):
//
//	none            a code, or the error login_required; never a page
//	login           the sign-in page, which asks for the password
//	select_account  the sign-in page, which asks which account to use
//	consent, none given   a code at once
//
// With max_age, a browser session that is older does not count as signed in.
//
// Each handler finds its pool by the address of the request, decodes, calls the
// token engine, and encodes. errors.go has OAuth's name for every fault.
// Package managedlogin has the sign-in pages and the look of error pages.
package oauth

// Package oauth is the edge that OAuth 2.0 and OpenID Connect clients speak to:
//
//	GET  <issuer>/.well-known/openid-configuration, jwks.json
//	GET  /oauth2/authorize    checks the request; a code at once for a browser
//	                          that is signed in, else on to /login
//	POST /oauth2/token        authorization_code, refresh_token, client_credentials
//	GET  /oauth2/userInfo     the user's attributes, by scope
//	POST /oauth2/revoke       ends a grant
//	GET  /logout              ends the browser's session
//
// Each handler finds its pool by the address of the request, decodes, asks the
// token engine, and encodes; errors.go has OAuth's name for every fault. The
// sign-in pages, and how an error page looks, are left to others.
package oauth

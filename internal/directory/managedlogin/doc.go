// Package managedlogin is the pages at which people sign in to a user pool:
// signing in, signing up, confirming, resetting a password, signing out.
//
// Each page is a struct that holds exactly what the page shows, with a method
// Doc that makes a [page.Doc] of it. Nothing in a page's struct is looked up
// or decided while it is rendered:
//
//	/login ──► SignIn ─┬─────────────────┬─► 302 to the application, with a code
//	   │               ├─► NewPassword ──┤
//	   │               └─► Confirm ──────┤
//	   ├──► SignedIn ────────────────────┤
//	   ├──► /signup: SignUp ─► Confirm ──┘
//	   └──► /forgotPassword: ForgotPassword ─► ResetPassword ─► PasswordChanged ─► /login
//
// Every form and link keeps the query string, which is the application's
// authorization request; so no page needs memory on the server to know for
// whom it is shown, and [Server] checks the whole request anew each time. A
// request that must not be answered to the application ends at [Failure].
// Signing out is a matter of package oauth.
//
// A form's post must come from our own page: the browser says so (Origin,
// Sec-Fetch-Site), and the hidden token equals the one in the cookie.
//
// The rules of signing in are package signin's, those of accounts package
// account's; which application may be sent where is package token's.
package managedlogin

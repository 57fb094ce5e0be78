// Package managedlogin is the pages at which people sign in to a user pool:
// signing in, signing up, confirming, resetting a password, signing out.
//
// Each page is a struct that holds exactly what the page shows, with a method
// Doc that makes a [page.Doc] of it. Nothing in a page's struct is looked up
// or decided while it is rendered:
//
//	/login ──► SignIn ─┬─► NewPassword ─┐
//	   │               ├─► Confirm ─────┤
//	   │               ├─► SetUpApp ────┼─► 302 to the application, with a code
//	   │               ├─► ChooseFactor ┤
//	   │               └─► FactorCode ──┘
//	   ├──► SignedIn ───────────────────┘
//	   ├──► /signup: SignUp ─► /confirm: Confirm
//	   └──► /forgotPassword: ForgotPassword ─► /confirmforgotPassword: ResetPassword ─► PasswordChanged
//
// Every form posts to its own address and keeps the query string, which is the
// application's authorization request; so no page needs memory on the server
// to know for whom it is shown. The rules of signing in are the engine's.
package managedlogin

// Package managedlogin has the pages at which people sign in to a user pool:
// signing in with one or two factors, signing up, confirming, and resetting a
// password.
//
// Each page is a struct that holds exactly what the page shows. Its method Doc
// makes a [page.Doc] of it, and looks up and decides nothing:
//
//	/login ──► SignIn ─┬─────────────────┬─► 302 to the application, with a code
//	   │               ├─► NewPassword ──┤
//	   │               ├─► Confirm ──────┤
//	   │               └─► second factor ┤
//	   ├──► SignedIn ─┬──────────────────┤
//	   │              └► what lacks ─────┤
//	   ├──► /signup: SignUp ─► Confirm ──┘
//	   └──► /forgotPassword: ForgotPassword ─► ResetPassword ─► PasswordChanged ─► /login
//
// Whoever is signed in with the browser proves only what lacks, if the application
// asks for a level of assurance or the pool for a second factor
// ([signin.Engine.StepUp]).
//
// Where users choose with what they begin ([signin.ByChoice]), SignIn asks for the
// name alone. Nothing has begun before the person has chosen:
//
//	SignIn ─► ChooseFirst ─┬─► SignIn, with the password
//	                       ├─► EnterCode
//	                       └─► UsePasskey
//
// Whoever has signed up is offered to add a passkey, where passkeys work at the
// address of the page: [AddPasskey]. Applications send people there too, who go
// back with a result. These two pages have the only script: a browser gives its
// passkeys to nothing else. /.well-known/webauthn says which other addresses may use
// the passkeys of a domain.
//
// In a pool with recovery codes, whoever has set up a second factor is given codes
// before going on ([RecoveryCodes]), and can use one at [EnterCode]
// ([EnterRecovery]).
//
// The link in the message for a new account leads to /confirmUser: [ConfirmLink]
// and then [Confirmed].
//
// A second factor may follow each of these pages but SignedIn:
//
//	ChooseFactor ─► EnterCode
//	ChooseFactor ─┬─► SetUpApp
//	  to set up   └─► SetUpAddress ─► EnterCode
//
// Every form and link keeps the query string, which is the application's
// authorization request. So the server stores nothing between two pages, and
// [Server] checks the whole request again for each of them. A request that
// must not be answered to the application ends at [Failure].
//
// A form is acted on only if it comes from our own page: the browser says so
// (Origin, Sec-Fetch-Site), and the hidden token equals the one in the cookie.
// A form without the right token is out of date, because the cookie ended or
// was cleared. The person then gets the same page again, with what was typed
// except passwords and codes, and a warning. A challenge session that is over
// leads back to the sign-in page in the same way.
//
// Package signin has the rules of signing in, package account those of
// accounts. Package token decides which application may be sent where. Package
// oauth signs out.
package managedlogin

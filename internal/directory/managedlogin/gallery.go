package managedlogin

import (
	"gatehouse/internal/base/page"
	"gatehouse/internal/directory/signin"
)

// Gallery shows every page in every state.
func Gallery() []page.Sample {
	f := Frame{Brand: "Example Staff", Query: "client_id=1example23456789&response_type=code&redirect_uri=https%3A%2F%2Fwiki.example.com%2Fcallback", CSRF: "9f0c1f36-3a52-4a8e-8c0c-6d1c2c1c8f0a"}
	email, policy := Identifier{Email: true}, Policy{Length: 8, Lower: true, Upper: true, Digit: true, Symbols: true}
	const wrong, session = "Incorrect username or password.", "AYABeExampleSession"
	const requestID = "5f0c9f3a-7c9e-4d55-a4a3-1d0b5e6a2c11"
	signIn := SignIn{Frame: f, App: "Wiki", Identifier: email, Forgot: true, SignUp: true}
	vary := func(change func(*SignIn)) page.Doc {
		p := signIn
		change(&p)
		return p.Doc()
	}
	factors := []string{signin.SMSMFA, signin.SoftwareTokenMFA, signin.EmailOTP}
	const passkeyOptions = `{"challenge":"MDEyMzQ1Njc4OWFiY2RlZg","rpId":"login.example.com","allowCredentials":[]}`
	const appSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW"
	attributes := []Attribute{{Name: "given_name"}, {Name: "phone_number"}, {Name: "custom:cost_centre", Optional: true}}
	return []page.Sample{
		{Name: "signin", Doc: signIn.Doc()},
		{Name: "signin-wrong", Doc: vary(func(p *SignIn) { p.Username, p.Problem = "alice@example.com", wrong })},
		{Name: "signin-locked", Doc: vary(func(p *SignIn) { p.Username, p.Problem = "alice@example.com", "Password attempts exceeded" })},
		{Name: "signin-disabled", Doc: vary(func(p *SignIn) { p.Username, p.Problem = "alice@example.com", "User is disabled." })},
		{Name: "signin-username", Doc: SignIn{Frame: Frame{CSRF: f.CSRF}}.Doc()},
		{Name: "signin-phone", Doc: vary(func(p *SignIn) { p.Identifier = Identifier{Phone: true} })},
		{Name: "signin-any", Doc: vary(func(p *SignIn) { p.Identifier, p.Username = Identifier{Name: true, Email: true, Phone: true}, "alice" })},
		{Name: "signin-notice", Doc: vary(func(p *SignIn) { p.Notice = "Your account is confirmed. You can sign in now." })},
		{Name: "signin-name", Doc: vary(func(p *SignIn) { p.NameFirst = true })},
		{Name: "signin-name-problem", Doc: vary(func(p *SignIn) {
			p.NameFirst, p.Username, p.Problem = true, "alice@example.com", "The code could not be sent. Try again later."
		})},
		{Name: "signin-another", Doc: vary(func(p *SignIn) { p.Another, p.Username, p.SignUp = true, "alice@example.com", false })},
		{Name: "choose-first", Doc: ChooseFirst{Frame: f, App: "Wiki", Username: "alice@example.com", Factors: firstOrder}.Doc()},
		{Name: "choose-first-problem", Doc: ChooseFirst{Frame: f, Username: "alice@example.com", Factors: firstOrder[:2], Problem: "Choose one of the ways below."}.Doc()},
		{Name: "passkey", Doc: UsePasskey{Frame: f, Username: "alice@example.com", Session: session, Options: passkeyOptions, Another: true}.Doc()},
		{Name: "passkey-refused", Doc: UsePasskey{Frame: f, Username: "alice@example.com", Session: session, Options: passkeyOptions, Problem: passkeyCancelled}.Doc()},
		{Name: "add-passkey", Doc: AddPasskey{Frame: f, User: "alice@example.com", Options: passkeyOptions, SignedUp: true}.Doc()},
		{Name: "add-passkey-problem", Doc: AddPasskey{Frame: f, User: "alice@example.com", Options: passkeyOptions, Problem: passkeyCancelled}.Doc()},
		{Name: "add-passkey-full", Doc: AddPasskey{Frame: f, User: "alice@example.com", Problem: "You have as many passkeys as a person can have. Remove one in the application first."}.Doc()},
		{Name: "signed-in-unvouched", Doc: SignedIn{Frame: unvouchedFrame(f), App: "Notes", User: "alice@example.com", Sub: "4d9f2c66-6c1f-4a0e-9a35-5b1f6a0f7a10"}.Doc()},
		{Name: "signed-in", Doc: SignedIn{Frame: f, App: "Wiki", User: "alice@example.com", Sub: "4d9f2c66-6c1f-4a0e-9a35-5b1f6a0f7a10"}.Doc()},
		{Name: "signed-in-lacks", Doc: SignedIn{Frame: f, App: "Wiki", User: "alice@example.com", Sub: "4d9f2c66-6c1f-4a0e-9a35-5b1f6a0f7a10", Lacks: true}.Doc()},
		{Name: "choose-to-step-up", Doc: ChooseFirst{Frame: f, App: "Wiki", Username: "alice@example.com", Session: session, Factors: firstOrder[:2]}.Doc()},
		{Name: "password-to-step-up", Doc: vary(func(p *SignIn) { p.Username, p.Session, p.SignUp = "alice@example.com", session, false })},
		{Name: "new-password", Doc: NewPassword{Frame: f, User: "alice", Session: session, Policy: policy}.Doc()},
		{Name: "new-password-attributes", Doc: NewPassword{Frame: f, User: "alice", Session: session, Policy: Policy{Length: 12}, Attributes: attributes, Problem: errRepeat.Message, Wrong: fieldPassword}.Doc()},
		{Name: "code-app", Doc: EnterCode{Frame: f, Factor: signin.SoftwareTokenMFA, From: "my phone", User: "alice", Session: session}.Doc()},
		{Name: "code-app-wrong", Doc: EnterCode{Frame: f, Factor: signin.SoftwareTokenMFA, User: "alice", Session: session, Problem: "The code is not right. Enter the code that your app shows now."}.Doc()},
		{Name: "code-sms", Doc: EnterCode{Frame: f, Factor: signin.SMSMFA, From: "+*******0100", User: "alice", Session: session}.Doc()},
		{Name: "code-sms-locked", Doc: EnterCode{Frame: f, Factor: signin.SMSMFA, From: "+*******0100", User: "alice", Session: session, Problem: tooManyCodes}.Doc()},
		{Name: "code-email", Doc: EnterCode{Frame: f, Factor: signin.EmailOTP, From: "a***@e***", User: "alice", Session: session}.Doc()},
		{Name: "code-email-again", Doc: EnterCode{Frame: f, Factor: signin.EmailOTP, From: "a***@e***", User: "alice", Session: session, Notice: sentAgain}.Doc()},
		{Name: "code-first", Doc: EnterCode{Frame: f, Factor: signin.EmailOTP, From: "a***@e***", User: "alice@example.com", Session: session, Another: true}.Doc()},
		{Name: "code-first-wrong", Doc: EnterCode{Frame: f, Factor: signin.SMSOTP, From: "+*******0100", User: "alice@example.com", Session: session, Problem: "The code is not right. Check it and try again."}.Doc()},
		{Name: "code-recoverable", Doc: EnterCode{Frame: f, Factor: signin.SMSMFA, From: "+*******0100", User: "alice", Session: session, Recover: true}.Doc()},
		{Name: "recovery", Doc: EnterRecovery{Frame: f, Factor: signin.SoftwareTokenMFA, User: "alice", Session: session}.Doc()},
		{Name: "recovery-wrong", Doc: EnterRecovery{Frame: f, Factor: signin.SoftwareTokenMFA, User: "alice", Session: session, Problem: wrongRecovery}.Doc()},
		{Name: "recovery-codes", Doc: RecoveryCodes{Frame: f, Codes: []string{"k7mq-x2pd-9hfw-3ntr", "b8vz-ug45-c6ye-sa2j", "m3xw-q7hk-t9pn-d5rf"}, SigningIn: true}.Doc()},
		{Name: "recovery-used", Doc: RecoveryCodes{Frame: f, Left: 1, Used: true, SigningIn: true}.Doc()},
		{Name: "recovery-left", Doc: RecoveryCodes{Frame: f, Left: 7}.Doc()},
		{Name: "choose-factor", Doc: ChooseFactor{Frame: f, Factors: factors, User: "alice", Session: session}.Doc()},
		{Name: "choose-set-up", Doc: ChooseFactor{Frame: f, SetUp: true, Factors: factors, Account: "alice@example.com", User: "alice", Session: session}.Doc()},
		{Name: "set-up-app", Doc: SetUpApp{Frame: f, Secret: appSecret, Account: "alice@example.com", User: "alice", Session: session}.Doc()},
		{Name: "set-up-app-wrong", Doc: SetUpApp{Frame: f, Secret: appSecret, Account: "alice@example.com", App: "my phone", User: "alice", Session: session, Problem: "The code is not right. Enter the code that your app shows now."}.Doc()},
		{Name: "set-up-email", Doc: SetUpAddress{Frame: f, Factor: signin.EmailOTP, User: "alice", Session: session}.Doc()},
		{Name: "set-up-phone-wrong", Doc: SetUpAddress{Frame: f, Factor: signin.SMSMFA, Address: "0123", User: "alice", Session: session, Problem: "Invalid phone number format."}.Doc()},
		{Name: "signup", Doc: SignUp{Frame: f, Identifier: email, Policy: policy}.Doc()},
		{Name: "signup-attributes", Doc: SignUp{Frame: f, Username: "alice", Attributes: append([]Attribute{{Name: "email", Value: "alice@example.com"}}, attributes...), Policy: policy, Problem: "User already exists", Wrong: fieldUsername}.Doc()},
		{Name: "signup-optional", Doc: SignUp{Frame: f, Identifier: email, Policy: policy, Passwords: PasswordOptional}.Doc()},
		{Name: "signup-without", Doc: SignUp{Frame: f, Identifier: email, Policy: policy, Passwords: PasswordUnused}.Doc()},
		{Name: "confirm", Doc: Confirm{Frame: f, Username: "alice@example.com", Destination: "a***@e***"}.Doc()},
		{Name: "confirm-wrong", Doc: Confirm{Frame: f, Username: "alice@example.com", Problem: "Invalid verification code provided, please try again."}.Doc()},
		{Name: "confirm-resent", Doc: Confirm{Frame: f, Username: "alice@example.com", Destination: "a***@e***", Notice: "We sent you another code."}.Doc()},
		{Name: "confirm-name", Doc: Confirm{Frame: f, Identifier: email}.Doc()},
		{Name: "confirm-link", Doc: Confirm{Frame: f, Username: "alice@example.com", Destination: "a***@e***", ByLink: true}.Doc()},
		{Name: "confirm-link-name", Doc: Confirm{Frame: f, Identifier: email, ByLink: true}.Doc()},
		{Name: "link", Doc: ConfirmLink{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}}.Doc()},
		{Name: "link-problem", Doc: ConfirmLink{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}, Problem: "This link does not work any more."}.Doc()},
		{Name: "feedback", Doc: Feedback{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}, Valid: true}.Doc()},
		{Name: "feedback-invalid", Doc: Feedback{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}}.Doc()},
		{Name: "feedback-over", Doc: Feedback{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}, Problem: "This link does not work any more."}.Doc()},
		{Name: "feedback-taken", Doc: FeedbackTaken{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}, Valid: true}.Doc()},
		{Name: "feedback-taken-invalid", Doc: FeedbackTaken{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}}.Doc()},
		{Name: "link-confirmed", Doc: Confirmed{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}}.Doc()},
		{Name: "welcome", Doc: Welcome{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}, Policy: policy}.Doc()},
		{Name: "welcome-attributes", Doc: Welcome{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}, Policy: policy, Attributes: attributes, Problem: errRepeat.Message, Wrong: fieldPassword}.Doc()},
		{Name: "welcome-over", Doc: Welcome{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}, Problem: "This link does not work any more.", Over: true, Home: "https://wiki.example.com/"}.Doc()},
		{Name: "welcomed", Doc: Welcomed{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}, User: "alice@example.com"}.Doc()},
		{Name: "welcomed-home", Doc: Welcomed{Frame: Frame{Brand: f.Brand, CSRF: f.CSRF}, User: "alice@example.com", Home: "https://wiki.example.com/"}.Doc()},
		{Name: "waiting", Doc: Waiting{Frame: f}.Doc()},
		{Name: "forgot", Doc: ForgotPassword{Frame: f, Identifier: email}.Doc()},
		{Name: "forgot-problem", Doc: ForgotPassword{Frame: f, Identifier: email, Username: "alice@example.com", Problem: "Could not reset password for the account, please contact support or try again"}.Doc()},
		{Name: "reset", Doc: ResetPassword{Frame: f, Username: "alice@example.com", Destination: "a***@e***", Policy: policy}.Doc()},
		{Name: "reset-wrong", Doc: ResetPassword{Frame: f, Username: "alice@example.com", Policy: policy, Problem: "Invalid verification code provided, please try again.", Wrong: fieldCode}.Doc()},
		{Name: "reset-repeat", Doc: ResetPassword{Frame: f, Username: "alice@example.com", Code: "123456", Policy: policy, Problem: errRepeat.Message, Wrong: fieldPassword}.Doc()},
		{Name: "password-changed", Doc: PasswordChanged{Frame: f}.Doc()},
		{Name: "signin-stale", Status: 403, Doc: vary(func(p *SignIn) { p.Username, p.Frame.Warning = "alice@example.com", errStale.Message })},
		{Name: "failure", Status: 400, Doc: Failure{Title: titleBadRequest, Text: "The address to return to is not registered for this application.", Code: "redirect_mismatch", RequestID: requestID}.Doc()},
		{Name: "failure-no-application", Status: 400, Doc: Failure{Title: titleNoApp, Text: "This address does not say which application you want to sign in to. A bookmark of the sign-in page can lead here.", Detail: "Required String parameter 'client_id' is not present", Code: "invalid_request", RequestID: requestID}.Doc()},
		{Name: "signed-out-nowhere", Status: 400, Doc: Failure{Title: "You are signed out", Text: "The application gave no valid address to go to after signing out.", Detail: "The address to go to after signing out is not one of the app client's sign-out URLs.", RequestID: requestID}.Doc()},
		{Name: "failure-form", Status: 403, Doc: Failure{Title: titleBadForm, Text: errForged.Message, RequestID: requestID, Retry: &page.Link{Label: "Try again", Href: "#again"}}.Doc()},
		{Name: "failure-sign-up", Status: 403, Doc: Failure{Title: "You can’t sign up here", Text: "An administrator makes the accounts. Ask the people who run the application for one.", Detail: "SignUp is not permitted for this user pool", RequestID: requestID, Retry: &page.Link{Label: "Back to signing in", Href: "#login"}}.Doc()},
		{Name: "failure-unavailable", Status: 503, Doc: unavailable(requestID, &page.Link{Label: "Try again", Href: "#again"})},
		{Name: "failure-ours", Status: 500, Doc: ourFault(requestID, &page.Link{Label: "Try again", Href: "#again"})},
	}
}

// unvouchedFrame is f for an application that anybody may have registered.
func unvouchedFrame(f Frame) Frame {
	f.Unvouched = &Unvouched{App: "Notes", Leads: "notes.example.net"}
	return f
}

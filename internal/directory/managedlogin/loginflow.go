package managedlogin

import (
	"cmp"
	"errors"
	"log/slog"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// showLogin asks for a password, or, if somebody is signed in with this
// browser, whether to continue with that account.
func (s *Server) showLogin(v *visit) error {
	who, lacks, err := s.signedIn(v)
	if err != nil {
		return err
	}
	if v.req.Prompt("none") {
		if lacks || who != nil && !s.Tokens.Suffices(v.req, *who) {
			who = nil
		}
		return s.answerSilently(v, who)
	}
	if who != nil {
		return v.show(SignedIn{Frame: v.frame, App: v.req.Client.Name, User: who.User.DisplayName(v.pool), Sub: string(who.User.Sub), Lacks: lacks})
	}
	p := s.signInPage(v)
	p.Username = cmp.Or(v.typedName(), v.req.LoginHint)
	if v.wantsOtherProvider() {
		p.Problem = "Login option is not available. Please try another one"
		if v.req.Client.Offers(v.req.IdentityProvider) {
			p.Problem = "Signing in with " + v.req.IdentityProvider + " is not possible here yet. Sign in with your password."
		}
	}
	return v.show(p)
}

// wantsOtherProvider reports whether the request names an identity provider
// other than the pool itself, where nobody can sign in yet: then the
// sign-in page opens with a message. identity_provider wins over
// idp_identifier. Cognito: "Login option is not available".
func (v *visit) wantsOtherProvider() bool {
	if v.req.IdentityProvider != "" {
		return v.req.IdentityProvider != userpool.ProviderCognito
	}
	return v.req.IDPIdentifier != ""
}

// signInPage returns the sign-in page for this pool and application.
func (s *Server) signInPage(v *visit) SignIn {
	return SignIn{
		Frame: v.frame, App: v.req.Client.Name, Identifier: identifierOf(v.pool), NameFirst: v.byChoice(),
		Forgot: s.Accounts.Recovers(v.pool) && (!v.byChoice() || v.pool.Settings.AllowsFirst(userpool.FirstPassword)), SignUp: !v.pool.Settings.AdminCreateOnly,
	}
}

// login handles the form of each page that posts to /login.
func (s *Server) login(v *visit) error {
	if v.r.PostForm.Has(fieldContinue) {
		return s.continueSignedIn(v)
	}
	switch v.text(fieldStep) {
	case stepNewPassword:
		return s.newPassword(v)
	case signin.SMSMFA, signin.SMSOTP, signin.EmailOTP, signin.SoftwareTokenMFA:
		return s.enterCode(v)
	case signin.WebAuthn:
		return s.usePasskey(v)
	case signin.SelectChallenge:
		return s.chooseToStepUp(v)
	case user.ByPassword:
		return s.passwordToStepUp(v)
	case signin.SelectMFAType:
		return s.chooseFactor(v)
	case signin.MFASetup:
		return s.chooseSetUp(v)
	case stepSetUpApp:
		return s.setUpApp(v)
	case stepSetUpAddress:
		return s.setUpAddress(v)
	}
	if v.byChoice() {
		return s.first(v)
	}
	return s.password(v)
}

// continueSignedIn answers the application for the user of the browser's
// session, if the session is still the one of the user whom the page showed, or asks
// that user for what lacks.
func (s *Server) continueSignedIn(v *visit) error {
	who, lacks, err := s.signedIn(v)
	if err != nil {
		return err
	}
	if who == nil {
		return s.startOver(v, "You are no longer signed in. Please sign in again.")
	}
	if v.text(fieldContinue) != string(who.User.Sub) {
		return s.startOver(v, "The account of this browser has changed since this page was opened. Please choose again.")
	}
	if lacks {
		return s.stepUp(v, who)
	}
	return s.answerSilently(v, who)
}

// startOver shows the sign-in page with a warning that says why.
func (s *Server) startOver(v *visit, warning string) error {
	v.frame.Warning = warning
	return s.showLogin(v)
}

// answerSilently answers the application without showing a page: with a code
// for who, or, if who is nil, with login_required.
// OpenID Connect Core §3.1.2.6.
func (s *Server) answerSilently(v *visit, who *token.SignedIn) error {
	if who == nil {
		return v.req.Deny(token.ErrLoginRequired)
	}
	to, err := s.Tokens.Authorize(v.r.Context(), v.req, *who)
	if err != nil {
		return err
	}
	web.Note(v.r.Context(), slog.String("outcome", "session_reused"))
	site.Redirect(v.w, to)
	return nil
}

// password handles the form with user name and password.
func (s *Server) password(v *visit) error {
	name := v.text(fieldUsername)
	if name == "" || v.secret(fieldPassword) == "" {
		return s.showRefusal(v, name, errEmpty)
	}
	out, err := s.SignIn.Password(v.r.Context(), v.pool, v.req.Client, name, v.secret(fieldPassword), v.from(), v.req.ACRValues...)
	if err != nil {
		return s.showRefusal(v, name, err)
	}
	return s.next(v, out)
}

// next goes on after a step of signing in: to the application, or to the page
// for the challenge.
func (s *Server) next(v *visit, out *signin.Outcome) error {
	if out.Challenge == nil {
		web.Note(v.r.Context(), slog.String("outcome", "signed_in"))
		return s.finish(v, out)
	}
	switch out.Challenge.Name {
	case signin.NewPasswordRequired:
		return s.askNewPassword(v, out)
	case signin.SelectChallenge, signin.WebAuthn, user.ByPassword:
		return s.nextFirst(v, out)
	case signin.SMSMFA, signin.SMSOTP, signin.EmailOTP, signin.SoftwareTokenMFA:
		return s.askCode(v, out, "")
	case signin.SelectMFAType:
		return s.askChoice(v, out)
	case signin.MFASetup:
		return s.askSetUp(v, out)
	}
	return errChallenge.Saying("The challenge %s has no page.", out.Challenge.Name)
}

func (s *Server) askNewPassword(v *visit, out *signin.Outcome) error {
	p := v.newPasswordPage()
	p.User, p.Session = out.User.Username, out.Challenge.Session.Reveal()
	for _, name := range user.MissingAttributes(v.pool, out.User) {
		p.Attributes = append(p.Attributes, attributeOf(v.pool, name))
	}
	return v.show(p)
}

// showRefusal shows why a name or a password did not sign in. A person who proved the
// password, but is not confirmed or must set a new one, gets the page for that.
func (s *Server) showRefusal(v *visit, name string, err error) error {
	switch {
	case errors.Is(err, signin.ErrNotConfirmed):
		v.note(err)
		return s.askConfirmation(v, name)
	case errors.Is(err, signin.ErrResetRequired):
		v.note(err)
		return v.show(ResetPassword{Frame: v.frame, Username: name, Policy: policyOf(v.pool)})
	}
	p := s.signInPage(v)
	if p.NameFirst && v.r.PostForm.Has(fieldPassword) {
		p = s.passwordPage(v, name, v.r.PostForm.Has(fieldChoose))
	}
	p.Username = name
	return v.again(err, func(text string) error {
		p.Problem = text
		return v.show(p)
	})
}

func (s *Server) askConfirmation(v *visit, name string) error {
	u, err := s.Users.Find(v.r.Context(), v.pool, name)
	if err != nil {
		return err
	}
	proof, err := s.sealProof(v, u)
	if err != nil {
		return err
	}
	return v.show(Confirm{Frame: v.frame, Username: name, ByLink: confirmsByLink(v.pool, ""), Session: proof})
}

func (v *visit) newPasswordPage() NewPassword {
	return NewPassword{Frame: v.frame, Policy: policyOf(v.pool)}
}

// newPassword handles the form for a new password, which answers the challenge
// NEW_PASSWORD_REQUIRED.
func (s *Server) newPassword(v *visit) error {
	out, err := s.answerNewPassword(v)
	if err == nil {
		return s.next(v, out)
	}
	p := v.newPasswordPage()
	p.User, p.Session, p.Attributes = v.text(fieldUsername), v.text(fieldSession), v.askedAgain()
	return v.again(err, func(text string) error {
		if attemptOver(err) {
			return s.startOver(v, text)
		}
		p.Problem, p.Wrong = text, wrongField(err)
		return v.show(p)
	})
}

func (s *Server) answerNewPassword(v *visit) (*signin.Outcome, error) {
	name := v.text(fieldUsername)
	password, err := v.newPassword()
	switch {
	case err != nil:
		return nil, err
	case name == "" || password == "":
		return nil, errEmpty
	case v.secret(fieldSession) == "": // the page has always one
		return nil, signin.ErrSessionInvalid
	}
	answers := map[string]string{"USERNAME": name, "NEW_PASSWORD": password.Reveal()}
	for attribute, value := range v.attributes() {
		answers[signin.AttributePrefix+attribute] = value
	}
	return s.SignIn.Answer(v.r.Context(), v.pool, v.req.Client, signin.Response{
		Challenge: signin.NewPasswordRequired, Session: v.secret(fieldSession), Answers: answers, Visit: v.from(),
	})
}

// attemptOver reports whether err says that the challenge session can't be
// continued: the person must sign in from the start.
func attemptOver(err error) bool {
	for _, over := range []error{
		signin.ErrSessionInvalid, signin.ErrSessionExpired, signin.ErrSessionUsed, signin.ErrDisabled,
		signin.ErrTOTPOff, signin.ErrNoTOTP, signin.ErrNoMFA, signin.ErrContactKept,
		signin.ErrPasskeysOff, signin.ErrNoRelyingParty, signin.ErrLevel,
	} {
		if errors.Is(err, over) {
			return true
		}
	}
	return false
}

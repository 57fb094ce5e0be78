package managedlogin

import (
	"errors"
	"log/slog"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// showLogin shows who is signed in already, else asks who it is.
func (s *Server) showLogin(v *visit) error {
	who, err := s.signedIn(v)
	if err != nil {
		return err
	}
	if v.req.Prompt("none") {
		if who != nil && !s.Tokens.Suffices(v.req, *who) {
			who = nil
		}
		return s.silently(v, who)
	}
	if who != nil {
		return v.show(SignedIn{Frame: v.frame, App: v.req.Client.Name, User: displayName(v.pool, who.User)})
	}
	p := v.signInPage()
	p.Username = v.req.LoginHint
	if v.wantsOtherProvider() {
		p.Problem = "Login option is not available. Please try another one"
	}
	return v.show(p)
}

// wantsOtherProvider reports whether the request names an identity provider
// other than the pool itself. The client has no such provider: then the
// sign-in page opens with a message. identity_provider wins over
// idp_identifier. Cognito: "Login option is not available".
func (v *visit) wantsOtherProvider() bool {
	if v.req.IdentityProvider != "" {
		return v.req.IdentityProvider != userpool.ProviderCognito
	}
	return v.req.IDPIdentifier != ""
}

// signInPage is the sign-in page for this pool and application.
func (v *visit) signInPage() SignIn {
	return SignIn{
		Frame: v.frame, App: v.req.Client.Name, Identifier: identifierOf(v.pool),
		Forgot: account.RecoveryOffered(v.pool), SignUp: !v.pool.Settings.AdminCreateOnly,
	}
}

// login takes the answer to any of the pages at /login.
func (s *Server) login(v *visit) error {
	switch {
	case v.r.PostForm.Has(fieldContinue):
		return s.resume(v)
	case v.text(fieldStep) == stepNewPassword:
		return s.newPassword(v)
	}
	return s.password(v)
}

// resume goes on as who is signed in already, or asks.
func (s *Server) resume(v *visit) error {
	who, err := s.signedIn(v)
	if err != nil {
		return err
	}
	if who == nil {
		return s.showLogin(v)
	}
	return s.silently(v, who)
}

// silently answers the application without asking anybody anything. OpenID
// Connect Core §3.1.2.6, login_required.
func (s *Server) silently(v *visit, who *token.SignedIn) error {
	if who == nil {
		return v.req.Refuse(token.ErrLoginRequired)
	}
	to, err := s.Tokens.Authorize(v.r.Context(), v.req, *who)
	if err != nil {
		return err
	}
	web.Note(v.r.Context(), slog.String("outcome", "session_reused"))
	redirect(v.w, to)
	return nil
}

// password is the first factor.
func (s *Server) password(v *visit) error {
	name := v.text(fieldUsername)
	if name == "" || v.secret(fieldPassword) == "" {
		return s.refused(v, name, errEmpty)
	}
	out, err := s.SignIn.Password(v.r.Context(), v.pool, v.req.Client, name, v.secret(fieldPassword))
	if err != nil {
		return s.refused(v, name, err)
	}
	return s.step(v, out)
}

// step goes where a step of signing in led.
func (s *Server) step(v *visit, out *signin.Outcome) error {
	if out.Challenge == nil {
		web.Note(v.r.Context(), slog.String("outcome", "signed_in"))
		return s.finish(v, out.User)
	}
	if out.Challenge.Name != signin.NewPasswordRequired {
		return errChallenge.Saying("The challenge %s has no page.", out.Challenge.Name)
	}
	p := v.newPasswordPage()
	p.User, p.Session = out.User.Username, out.Challenge.Session.Reveal()
	for _, name := range user.MissingAttributes(v.pool, out.User) {
		p.Attributes = append(p.Attributes, attributeOf(v.pool, name))
	}
	return v.show(p)
}

// refused shows why a password did not sign in. Whoever proved the password
// and is not confirmed, or must set a new one, is shown the page for that.
func (s *Server) refused(v *visit, name string, err error) error {
	switch {
	case errors.Is(err, signin.ErrNotConfirmed):
		v.note(err)
		return s.askConfirmation(v, name)
	case errors.Is(err, signin.ErrResetRequired):
		v.note(err)
		return v.show(ResetPassword{Frame: v.frame, Username: name, Policy: policyOf(v.pool)})
	}
	p := v.signInPage()
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
	session, err := s.prove(v, u)
	if err != nil {
		return err
	}
	return v.show(Confirm{Frame: v.frame, Username: name, Session: session})
}

func (v *visit) newPasswordPage() NewPassword {
	return NewPassword{Frame: v.frame, Policy: policyOf(v.pool)}
}

// newPassword answers the challenge of that name.
func (s *Server) newPassword(v *visit) error {
	in := signin.Response{Challenge: signin.NewPasswordRequired, Session: v.secret(fieldSession), Answers: v.answers()}
	password, err := v.newPassword()
	if err == nil && (password == "" || in.Answers["USERNAME"] == "") {
		err = errEmpty
	}
	if err == nil {
		var out *signin.Outcome
		in.Answers["NEW_PASSWORD"] = password.Reveal()
		if out, err = s.SignIn.Answer(v.r.Context(), v.pool, v.req.Client, in); err == nil {
			return s.step(v, out)
		}
	}
	if overs(err) {
		return s.refused(v, "", err)
	}
	p := v.newPasswordPage()
	p.User, p.Session, p.Attributes = v.text(fieldUsername), in.Session.Reveal(), v.askedAgain()
	return v.again(err, func(text string) error {
		p.Problem = text
		return v.show(p)
	})
}

// answers are the form's fields as answers to NEW_PASSWORD_REQUIRED, without the
// password.
func (v *visit) answers() map[string]string {
	given := map[string]string{"USERNAME": v.text(fieldUsername)}
	for name, value := range v.attributes() {
		given[signin.AttributePrefix+name] = value
	}
	return given
}

// overs reports whether the attempt is over and must start again.
func overs(err error) bool {
	return errors.Is(err, signin.ErrSessionInvalid) || errors.Is(err, signin.ErrSessionExpired) || errors.Is(err, signin.ErrSessionUsed)
}

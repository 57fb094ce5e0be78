package managedlogin

import (
	"errors"
	"log/slog"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/user"
)

// signUpPage returns the sign-up page with what was typed, passwords left out.
func (v *visit) signUpPage() SignUp {
	p := SignUp{
		Frame: v.frame, Identifier: newIdentifierOf(v.pool), Username: v.text(fieldUsername),
		Attributes: signUpAttributes(v.pool, v.req.Client), Policy: policyOf(v.pool), Passwords: passwordsOf(v.pool, v.req.Client),
	}
	given := v.attributes()
	for i, a := range p.Attributes {
		p.Attributes[i].Value = given[a.Name]
	}
	return p
}

func (s *Server) showSignUp(v *visit) error {
	if v.pool.Settings.AdminCreateOnly {
		return account.ErrSignUpClosed
	}
	return v.show(v.signUpPage())
}

// signUp makes the account and goes on to confirming it.
func (s *Server) signUp(v *visit) error {
	in := account.SignUp{Username: v.text(fieldUsername), Attributes: v.attributes(), Visit: v.from()}
	p := v.signUpPage()
	again := func(err error) error {
		return v.again(err, func(text string) error {
			p.Problem, p.Wrong = text, wrongField(err)
			return v.show(p)
		})
	}
	var err error
	if in.Password, err = v.newPassword(); err == nil && in.Password == "" && p.Passwords == PasswordNeeded {
		err = errEmpty
	}
	if err != nil {
		return again(err)
	}
	u, delivery, err := s.Accounts.SignUp(v.r.Context(), v.pool, v.req.Client, in)
	if u == nil {
		return again(err)
	}
	if err == nil && u.Status == user.Confirmed { // by the pool's function
		web.Note(v.r.Context(), slog.String("outcome", "signed_up"))
		if u.Password == nil { // nothing is proved
			login := s.signInPage(v)
			login.Username, login.Notice = in.Username, "Your account is ready. You can sign in now."
			return v.show(login)
		}
		return s.signInProved(v, u)
	}
	if err == nil && delivery == nil {
		web.Note(v.r.Context(), slog.String("outcome", "signed_up"))
		return v.show(Waiting{Frame: v.frame})
	}
	proof, failed := s.sealProof(v, u)
	if failed != nil {
		return failed
	}
	confirm := Confirm{Frame: v.frame, Username: in.Username, ByLink: confirmsByLink(v.pool, ""), Session: proof}
	if err != nil { // the account exists, but its code was not sent
		return v.again(err, func(text string) error {
			confirm.Problem = text
			return v.show(confirm)
		})
	}
	web.Note(v.r.Context(), slog.String("outcome", "signed_up"))
	confirm.Destination, confirm.ByLink = delivery.Destination, confirmsByLink(v.pool, delivery.Destination)
	return v.show(confirm)
}

// showConfirm asks for a code, and for the name if no form says it. It sends
// no code, so GET /resendcode shows the same page.
func (s *Server) showConfirm(v *visit) error { return v.show(v.confirmPage()) }

func (v *visit) confirmPage() Confirm {
	return Confirm{
		Frame: v.frame, Identifier: identifierOf(v.pool), Username: v.text(fieldUsername), ByLink: confirmsByLink(v.pool, v.text(fieldSentTo)),
		Destination: v.text(fieldSentTo), Session: v.text(fieldSession),
	}
}

// confirm checks the code. The browser that proved the password is signed in;
// in any other browser the person must sign in.
func (s *Server) confirm(v *visit) error {
	ctx, p := v.r.Context(), v.confirmPage()
	err := s.Accounts.ConfirmSignUp(ctx, v.pool, v.req.Client, account.Confirmation{Username: p.Username, Code: v.code()})
	switch {
	case errors.Is(err, account.ErrStatus): // the form was sent twice, or an administrator confirmed
		return s.alreadyConfirmed(v, err)
	case err != nil:
		return v.again(err, func(text string) error {
			p.Problem = text
			return v.show(p)
		})
	}
	u, err := s.Users.Find(ctx, v.pool, p.Username)
	if err != nil {
		return err
	}
	web.Note(ctx, slog.String("outcome", "confirmed"))
	if s.proofHolds(v, u) {
		return s.signInProved(v, u)
	}
	login := s.signInPage(v)
	login.Username, login.Notice = p.Username, "Your account is confirmed. You can sign in now."
	return v.show(login)
}

// signInProved signs in a user whose password this browser has proved, or who has no
// password and entered the code of the sign-up. A second factor may still be due.
func (s *Server) signInProved(v *visit, u *user.User) error {
	v.signedUp = true
	out, err := s.SignIn.AfterSignUp(v.r.Context(), v.pool, v.req.Client, u, v.from(), v.req.ACRValues...)
	if err != nil {
		return v.again(err, func(text string) error { return s.startOver(v, text) })
	}
	return s.next(v, out)
}

// resend sends another code.
func (s *Server) resend(v *visit) error {
	p := v.confirmPage()
	delivery, err := s.Accounts.ResendConfirmation(v.r.Context(), v.pool, v.req.Client, p.Username, nil, v.from())
	switch {
	case errors.Is(err, account.ErrAlreadyActive):
		return s.alreadyConfirmed(v, err)
	case err != nil:
		return v.again(err, func(text string) error {
			p.Problem = text
			return v.show(p)
		})
	}
	p.Destination, p.Notice = delivery.Destination, "We sent you another code."
	if p.ByLink = confirmsByLink(v.pool, p.Destination); p.ByLink {
		p.Notice = "We sent you another link."
	}
	return v.show(p)
}

// alreadyConfirmed shows the sign-in page to a person who confirms an account
// that needs no confirming any more.
func (s *Server) alreadyConfirmed(v *visit, err error) error {
	v.note(err)
	return s.startOver(v, "This account needs no confirmation any more. You can sign in.")
}

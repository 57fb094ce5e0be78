package managedlogin

import (
	"errors"
	"log/slog"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
)

func (v *visit) signUpPage() SignUp {
	return SignUp{
		Frame: v.frame, Identifier: newIdentifierOf(v.pool), Policy: policyOf(v.pool),
		Attributes: signUpAttributes(v.pool, v.req.Client),
	}
}

func (s *Server) showSignUp(v *visit) error {
	if v.pool.Settings.AdminCreateOnly {
		return account.ErrSignUpClosed
	}
	return v.show(v.signUpPage())
}

// signUp makes the account and goes on to confirming it.
func (s *Server) signUp(v *visit) error {
	in := account.SignUp{Username: v.text(fieldUsername), Attributes: v.attributes()}
	p := v.signUpPage()
	p.Username = in.Username
	for i, a := range p.Attributes {
		p.Attributes[i].Value = in.Attributes[a.Name]
	}
	again := func(text string) error {
		p.Problem = text
		return v.show(p)
	}
	var err error
	if in.Password, err = v.newPassword(); err != nil {
		return v.again(err, again)
	}
	u, delivery, err := s.Accounts.SignUp(v.r.Context(), v.pool, v.req.Client, in)
	if err != nil && !errors.Is(err, account.ErrDelivery) {
		return v.again(err, again)
	}
	if err == nil && delivery == nil {
		web.Note(v.r.Context(), slog.String("outcome", "signed_up"))
		return v.show(Waiting{Frame: v.frame})
	}
	session, failed := s.prove(v, u)
	if failed != nil {
		return failed
	}
	confirm := Confirm{Frame: v.frame, Username: in.Username, Session: session}
	if err != nil { // the account is there, its code is not on the way
		return v.again(err, func(text string) error {
			confirm.Problem = text
			return v.show(confirm)
		})
	}
	web.Note(v.r.Context(), slog.String("outcome", "signed_up"))
	confirm.Destination = delivery.Destination
	return v.show(confirm)
}

// showConfirm asks who has a code, and for the code. Nothing is sent by asking
// for a page, so /resendcode shows the same.
func (s *Server) showConfirm(v *visit) error {
	return v.show(Confirm{Frame: v.frame, Identifier: identifierOf(v.pool)})
}

func (v *visit) confirmPage() Confirm {
	return Confirm{
		Frame: v.frame, Identifier: identifierOf(v.pool), Username: v.text(fieldUsername),
		Destination: v.text(fieldSentTo), Session: v.text(fieldSession),
	}
}

// confirm proves the code. The browser that proved the password is signed in;
// any other one must sign in.
func (s *Server) confirm(v *visit) error {
	ctx, p := v.r.Context(), v.confirmPage()
	if err := s.Accounts.ConfirmSignUp(ctx, v.pool, v.req.Client, p.Username, v.code(), false); err != nil {
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
	if s.proved(v, u) {
		return s.finish(v, u)
	}
	login := v.signInPage()
	login.Username, login.Notice = p.Username, "Your account is confirmed. You can sign in now."
	return v.show(login)
}

// resend sends another code.
func (s *Server) resend(v *visit) error {
	p := v.confirmPage()
	delivery, err := s.Accounts.ResendConfirmation(v.r.Context(), v.pool, v.req.Client, p.Username)
	if err != nil {
		return v.again(err, func(text string) error {
			p.Problem = text
			return v.show(p)
		})
	}
	p.Destination, p.Notice = delivery.Destination, "We sent you another code."
	return v.show(p)
}

package managedlogin

import (
	"cmp"
	"log/slog"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/account"
)

// showForgot asks whose password is forgotten.
func (s *Server) showForgot(v *visit) error {
	if !s.Accounts.Recovers(v.pool) {
		return account.ErrAdminRecovery
	}
	return v.show(ForgotPassword{Frame: v.frame, Identifier: identifierOf(v.pool), Username: cmp.Or(v.typedName(), v.req.LoginHint)})
}

// showReset asks for the code and the new password if a form says for whom,
// else it starts with /forgotPassword, which sends the code.
func (s *Server) showReset(v *visit) error {
	if v.typedName() == "" || !s.Accounts.Recovers(v.pool) {
		return s.showForgot(v)
	}
	return v.show(v.resetPage())
}

func (v *visit) resetPage() ResetPassword {
	return ResetPassword{Frame: v.frame, Username: v.typedName(), Destination: v.text(fieldSentTo), Policy: policyOf(v.pool)}
}

// forgot sends a code and asks for it.
func (s *Server) forgot(v *visit) error {
	p := ForgotPassword{Frame: v.frame, Identifier: identifierOf(v.pool), Username: v.text(fieldUsername)}
	again := func(text string) error {
		p.Problem = text
		return v.show(p)
	}
	if p.Username == "" {
		return v.again(errEmpty, again)
	}
	delivery, err := s.Accounts.ForgotPassword(v.r.Context(), v.pool, v.req.Client, p.Username, nil, v.from())
	if err != nil {
		return v.again(err, again)
	}
	return v.show(ResetPassword{Frame: v.frame, Username: p.Username, Destination: delivery.Destination, Policy: policyOf(v.pool)})
}

// reset checks the code and sets the password. It does not sign in: that takes
// the new password.
func (s *Server) reset(v *visit) error {
	p := v.resetPage()
	password, err := v.newPassword()
	if err == nil {
		err = s.Accounts.ConfirmForgotPassword(v.r.Context(), v.pool, v.req.Client, account.Reset{Username: p.Username, Code: v.code(), Password: password, Visit: v.from()})
	}
	if err != nil {
		return v.again(err, func(text string) error {
			p.Problem, p.Wrong = text, wrongField(err)
			if p.Wrong == fieldPassword { // the code may still be right
				p.Code = v.code().Reveal()
			}
			return v.show(p)
		})
	}
	web.Note(v.r.Context(), slog.String("outcome", "password_reset"))
	return v.show(PasswordChanged{Frame: v.frame})
}

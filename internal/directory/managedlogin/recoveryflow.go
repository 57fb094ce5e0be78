package managedlogin

import (
	"errors"
	"log/slog"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
)

// recoveryPath is the page at which people get recovery codes. Applications send them
// there as they do to [addPasskeyPath].
const recoveryPath = "/recoverycodes"

const wrongRecovery = "The recovery code is not right, or was used before."

// enterRecovery shows the page for a recovery code, and handles its form: the code
// answers the challenge whose code the person does not have.
func (s *Server) enterRecovery(v *visit) error {
	factor, code := v.text(fieldStep), v.code().Reveal()
	p := EnterRecovery{Frame: v.frame, Factor: factor, From: v.text(fieldSentTo), User: v.text(fieldUsername), Session: v.text(fieldSession)}
	switch {
	case !v.r.PostForm.Has(fieldCode):
		return v.show(p)
	case code != "" && !user.IsRecoveryCode(code): // it would count as a wrong code of the other factor
		p.Problem = wrongRecovery
		return v.show(p)
	}
	out, err := s.answer(v, factor, codeKeys[factor], code)
	if err == nil {
		return s.next(v, out)
	}
	return s.retry(v, err, func(text string) error {
		if p.Problem = text; errors.Is(err, signin.ErrMFACode) || errors.Is(err, signin.ErrTOTPCode) {
			p.Problem = wrongRecovery
		}
		return v.show(p)
	})
}

// recoveryAfterSignIn returns the page that follows a sign-in: with codes for whoever
// has none, or with how many are left after one was used. nil: none follows.
func (s *Server) recoveryAfterSignIn(v *visit, out *signin.Outcome) (*RecoveryCodes, error) {
	p := &RecoveryCodes{Frame: v.frame, SigningIn: true}
	switch {
	case out.Proof.Recovered():
		p.Used, p.Left = true, out.User.RecoveryCodesLeft(v.pool)
		return p, nil
	case !signin.LacksRecoveryCodes(v.pool, out.User, out.Proof):
		return nil, nil
	}
	codes, err := s.SignIn.NewRecoveryCodes(v.r.Context(), v.pool, out.User)
	p.Codes = revealed(codes)
	return p, err
}

// revealed returns codes for the page that shows them.
func revealed(codes []seal.Secret) (list []string) {
	for _, c := range codes {
		list = append(list, c.Reveal())
	}
	return list
}

// recoveryOwner returns the user of the browser's session; nil if there is none, or one
// who has not proved a second factor: the codes take the place of it.
func (s *Server) recoveryOwner(v *visit) (*token.SignedIn, error) {
	who, err := s.sessionOwner(v)
	if err != nil || who == nil || !who.Proof.Multiple() {
		return nil, err
	}
	return who, nil
}

// showRecoveryCodes says how many codes are left.
func (s *Server) showRecoveryCodes(v *visit) error {
	who, err := s.recoveryOwner(v)
	switch {
	case err != nil:
		return err
	case v.pool.Settings.RecoveryCodes == 0:
		return user.ErrRecoveryOff
	case who == nil:
		return v.leaveUnseen()
	}
	return v.show(RecoveryCodes{Frame: v.frame, Left: who.User.RecoveryCodesLeft(v.pool), SigningIn: v.r.PostForm.Has(fieldContinue)})
}

// recoveryCodes makes new codes, or leads on.
func (s *Server) recoveryCodes(v *visit) error {
	who, err := s.recoveryOwner(v)
	switch {
	case err != nil:
		return err
	case who == nil:
		return v.leaveUnseen()
	case v.text(fieldSkip) == passkeyAdded:
		return s.leaveWith(v, who, passkeyAdded)
	case v.r.PostForm.Has(fieldSkip):
		return s.leaveWith(v, who, passkeySkipped)
	}
	codes, err := s.SignIn.NewRecoveryCodes(v.r.Context(), v.pool, who.User)
	if err != nil {
		return err
	}
	web.Note(v.r.Context(), slog.String("outcome", "recovery_codes_made"))
	return v.show(RecoveryCodes{Frame: v.frame, Codes: revealed(codes), SigningIn: v.r.PostForm.Has(fieldContinue)})
}

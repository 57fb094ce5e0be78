package signin

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
)

// keepWatch begins to watch over this call of a sign-in, if the pool protects it, and
// refuses an address that the pool blocks. The user has been looked for: the attempt
// is recorded in its history.
func (e *Engine) keepWatch(ctx context.Context, a *attempt) (err error) {
	if a.watch, err = e.risks.Watch(ctx, a.pool, a.client.ID, a.visit, a.byFunctions()); err != nil {
		return err
	}
	if a.watch != nil && !a.recording {
		return errUnwatched
	}
	return a.watch.Admit(true)
}

// errUnwatched stops a sign-in that came here by a way that forgets to watch over it.
var errUnwatched = errors.New("the pool protects its users, and nobody watches over the sign-in")

// byFunctions reports whether the pool's functions decide the sign-in.
func (a *attempt) byFunctions() bool {
	return a.custom != nil || slices.Contains(a.proved, credential.FactorCustom)
}

// assess weighs a sign-in once, after its first factor is proved.
func (e *Engine) assess(ctx context.Context, a *attempt) (err error) {
	switch {
	case a.risk != nil:
		return nil
	case a.watch == nil && a.pool.Settings.Threats.Of(a.byFunctions()) != userpool.ThreatsIgnored:
		return errUnwatched
	}
	proof := risk.Proof{
		ByFunctions: a.byFunctions(),
		Strong:      a.provedBySelf() > 1 || slices.Contains(a.proved, credential.FactorPasskey),
		CanGoOn:     len(a.factorsAtRisk()) > 0,
	}
	if a.user.Status == user.Confirmed { // any other password is replaced in this sign-in
		proof.Password = a.password
	}
	a.risk, err = a.watch.Assess(ctx, a.user, proof)
	if a.risk != nil {
		a.risk.Answers = a.tried
	}
	if errors.Is(err, risk.ErrCompromised) {
		return e.demandReset(ctx, a)
	}
	return err
}

// demandReset makes a user whose password others have published choose another one,
// with a code, and ends all sign-ins of the user: others may have made them. It
// returns ErrResetRequired.
func (e *Engine) demandReset(ctx context.Context, a *attempt) error {
	published := passwordSalt(a.user)
	_, err := e.users.Update(ctx, a.pool, a.user.Sub, user.Change{Ends: user.Ends{Tokens: true, Browsers: true}, Apply: func(u *user.User) error {
		if u.Status != user.Confirmed || !bytes.Equal(passwordSalt(u), published) {
			return ErrSessionUsed // it was changed meanwhile
		}
		u.Status = user.ResetRequired
		return nil
	}})
	if err != nil {
		return err
	}
	return ErrResetRequired
}

// recorded runs a call of a sign-in and records what came of it. A call that cannot
// be recorded fails.
func (e *Engine) recorded(ctx context.Context, a *attempt, run func() (*Outcome, error)) (*Outcome, error) {
	a.recording = true
	out, err := run()
	response := a.response(out, err)
	if response == "" {
		return out, err
	}
	answers := a.tried
	if a.risk != nil {
		answers = a.risk.Answers
	}
	kept := a.watch.Record(ctx, a.user, risk.Result{Type: risk.SignIn, Response: response, Err: err, Sign: a.risk, Answers: answers})
	if kept != nil {
		return nil, errors.Join(err, kept)
	}
	return out, err
}

// response returns what came of the call; "": nothing that is recorded. A sign-in that
// goes on is recorded once.
func (a *attempt) response(out *Outcome, err error) string {
	refused := func(r error) bool { return errors.Is(err, r) }
	switch {
	case err != nil && !slices.ContainsFunc(refusals, refused):
		return ""
	case err != nil:
		return risk.Failed
	case out.Challenge == nil:
		return risk.Passed
	case a.risk != nil && !a.weighed:
		return risk.InProgress
	}
	return ""
}

// note notes the answer to a proof, for the record.
func (a *attempt) note(right bool) {
	answer := risk.Answer{MFA: a.risk != nil, Right: right}
	if a.risk == nil {
		a.tried = append(a.tried, answer)
		return
	}
	a.risk.Answers = append(a.risk.Answers, answer)
}

// refusals are the errors of a failed sign-in. Others are those of a request that is
// not in order, or failures of ours.
var refusals = []error{
	ErrWrongPassword, ErrMFACode, ErrTOTPCode, passkey.ErrRefused, ErrNoMFA, ErrDisabled, ErrNotConfirmed, ErrResetRequired, ErrNoPassword, ErrTemporaryExpired,
	credential.ErrLocked, risk.ErrBlocked, risk.ErrCompromised, trigger.ErrRefused,
}

package signin

import (
	"context"
	"encoding/json"
	"fmt"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// MFASetup is the name of the challenge to set up a second factor.
const MFASetup = "MFA_SETUP"

// mfaSetup is the challenge MFA_SETUP: the pool demands a second factor, and the
// user has none. There are two ways through it:
//
//	MFA_SETUP ─ AssociateTOTPFor ─▶ MFA_SETUP ─ VerifyTOTPFor ─▶ MFA_SETUP ─ answer ─▶ passed
//	MFA_SETUP ─ answer with EMAIL or PHONE_NUMBER ─▶ EMAIL_OTP or SMS_MFA, which turns the factor on
//
// The pages do not know the user's address. They answer with ANSWER, the name of a
// factor, which stands for the address that the user has.
//
// Each step uses up its session and gives the next. The secret of an app that is
// not verified yet travels in the sealed state, so that a sign-in which is never
// finished stores nothing.
type mfaSetup struct{}

// setUpState is what is kept of the set-up.
type setUpState struct {
	App      *user.TOTP // of AssociateTOTPFor; not verified yet
	Verified bool       // the app has shown a code
}

func (mfaSetup) rules() rules {
	return rules{name: MFASetup, carrier: inSession, wrong: ErrNoSetUp}
}

func (mfaSetup) due(_ context.Context, _ *Engine, a *attempt) (bool, error) {
	if a.secondFactor() != MFASetup {
		return false, nil
	}
	if len(canSetUp(a.pool)) == 0 {
		return false, ErrNoMFA
	}
	return true, nil
}

// canSetUp returns the factors that a user of the pool can set up.
func canSetUp(p *userpool.Pool) []string {
	var list []string
	if p.Settings.MFA.AcceptsCodeTo(smsMFA.contact) {
		list = append(list, SMSMFA)
	}
	if p.Settings.MFA.AcceptsTOTP() {
		list = append(list, SoftwareTokenMFA)
	}
	if p.Settings.MFA.AcceptsCodeTo(emailOTP.contact) {
		list = append(list, EmailOTP)
	}
	return list
}

func (mfaSetup) ask(_ context.Context, _ *Engine, a *attempt) (question, error) {
	choice, err := json.Marshal(canSetUp(a.pool))
	return question{parameters: map[string]string{"MFAS_CAN_SETUP": string(choice), "USER_ID_FOR_SRP": a.user.Username}}, err
}

// answer passes after an app was verified. Otherwise the answer must have an
// address to which a code is sent next.
func (mfaSetup) answer(_ context.Context, _ *Engine, a *attempt, kept kept) (bool, error) {
	s, err := setUpOf(kept.question)
	if err != nil {
		return false, err
	}
	if s.Verified {
		a.proved = append(a.proved, credential.FactorTOTP)
		return true, nil
	}
	if err := a.maySetUp(a.user); err != nil {
		return false, err
	}
	for key, c := range map[string]sentCode{"EMAIL": emailOTP, "PHONE_NUMBER": smsMFA} {
		to := a.given[key]
		if a.given["ANSWER"] == c.name {
			to = a.user.Attributes[c.contact]
		}
		if to != "" && a.pool.Settings.MFA.AcceptsCodeTo(c.contact) {
			a.then = c.name
			a.setUp, err = c.newAddress(a, to)
			return true, err
		}
	}
	return false, nil
}

// newAddress returns the address with which the user sets up the factor, as it is
// kept. An address that the user has stays: whoever knows the password alone must
// not exchange it.
func (c sentCode) newAddress(a *attempt, to string) (string, error) {
	if has := a.user.Attributes[c.contact]; has != "" {
		if has != to {
			return "", ErrContactKept
		}
		return has, nil
	}
	with, said := c.addressed(a.user, ""), map[string]string{c.contact: to}
	if err := user.CheckOwnWords(a.pool, a.client, said); err != nil {
		return "", err
	}
	err := user.SetAttributes(a.pool, with, said)
	return with.Attributes[c.contact], err
}

func setUpOf(question []byte) (setUpState, error) {
	var s setUpState
	if len(question) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(question, &s); err != nil {
		return s, fmt.Errorf("decode state of %s: %w", MFASetup, err)
	}
	return s, nil
}

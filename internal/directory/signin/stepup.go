package signin

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Stepping up: the client asks for a level of assurance, and the sign-in goes on
// until the user reaches it. What the user has proved for a present access token
// counts, if the client sends it. No factor is set up on the way, and a sign-in that
// does not reach the level gives no tokens.
//
//	a first factor from which the level can be reached ─▶ aim ─▶ after the password a second one: secondFactor
//	ACCESS_TOKEN, or the session of a browser ─────────────────▶ what is still missing

// Errors of stepping up.
var (
	ErrLevel   = fault.New(fault.Invalid, "step_up_level", "The user can reach none of the requested levels of assurance.")
	ErrStepUp  = fault.New(fault.Unauthenticated, "step_up_from_start", "The user must sign in again from the start.")
	ErrLevelUp = fault.New(fault.Invalid, "step_up_done", "The access token has the requested level of assurance already.")
)

// ways are the factors that count, and their names in the claim amr. A passkey has
// two.
var ways = map[credential.Factor]string{
	credential.FactorPassword: token.ByPassword, credential.FactorTOTP: token.ByApp,
	credential.FactorSMS: token.BySMS, credential.FactorEmail: token.ByEmail, credential.FactorRecovery: token.ByRecovery,
}

// proof returns how the user has signed in.
func (a *attempt) proof() token.Proof {
	var p token.Proof
	for _, f := range a.proved {
		way := ways[f]
		switch {
		case f == credential.FactorPasskey && a.roams:
			way = token.ByKey
		case f == credential.FactorPasskey:
			way = token.ByDevice
		}
		if way != "" && !slices.Contains(p.AMR, way) {
			p.AMR = append(p.AMR, way)
		}
	}
	if len(p.AMR) > 1 {
		p.AMR = append(p.AMR, token.ByMany)
	}
	p.ACR = a.pool.Settings.LevelName(p.Level())
	return p
}

func (a *attempt) level() int { return a.proof().Level() }

// stepsUp reports whether the password is proved and another factor must follow for
// the level.
func (a *attempt) stepsUp() bool {
	return a.level() < a.target && slices.Contains(a.proved, credential.FactorPassword)
}

// levels returns the levels of the pool with the names. Names that it does not know
// ask for nothing.
func levels(p *userpool.Pool, names []string) []int {
	var list []int
	for _, name := range names {
		if l := p.Settings.LevelNamed(name); l > 0 {
			list = append(list, l)
		}
	}
	return list
}

// aim sets the level that the sign-in is to reach, once a factor is proved: the
// first that can be reached from there. Before that, it would tell of the user's
// factors. ErrLevel.
func (a *attempt) aim() error {
	if len(a.wanted) == 0 || a.target > 0 {
		return nil
	}
	highest := a.level()
	if slices.Contains(a.proved, credential.FactorPassword) {
		highest = max(highest, user.Reach(a.pool, a.user, user.ByPassword))
	}
	i := slices.IndexFunc(a.wanted, func(l int) bool { return l <= highest })
	if i < 0 {
		return ErrLevel
	}
	a.target = a.wanted[i]
	return nil
}

// firstFactors returns the factors with which the user can begin, or go on, to reach
// the level.
func (e *Engine) firstFactors(a *attempt) []string {
	who := e.who(a)
	first := user.FirstFactors(a.pool, who)
	switch {
	case a.stepsUp(): // a code that is no second factor here is none beside the password
		first = slices.DeleteFunc(first, func(f string) bool { return f == EmailOTP || f == SMSOTP })
		fallthrough
	case len(a.proved) > 0:
		return user.FirstFactorsTo(a.pool, who, first, a.target)
	case len(a.wanted) > 0:
		return user.FirstFactorsToward(first, a.wanted[0])
	}
	return first
}

// stepUp reads what USER_AUTH is told of levels. Cognito: TARGET_ACR_VALUES,
// ACCESS_TOKEN, MAX_AGE.
func (e *Engine) stepUp(ctx context.Context, a *attempt) error {
	names, access := strings.Fields(a.given["TARGET_ACR_VALUES"]), a.given["ACCESS_TOKEN"]
	age, err := maxAge(a.given["MAX_AGE"])
	a.wanted = levels(a.pool, names)
	switch {
	case err != nil:
		return err
	case len(names) == 0 && access != "":
		return ErrParameter.Saying("ACCESS_TOKEN is for TARGET_ACR_VALUES alone.")
	case len(names) > 0 && len(a.wanted) == 0:
		return ErrParameter.Saying("TARGET_ACR_VALUES names no level of the user pool.")
	case access == "":
		return nil
	}
	return e.countPresent(ctx, a, seal.Secret(access), age)
}

// maxAge reads MAX_AGE; nil if there is none.
func maxAge(text string) (*time.Duration, error) {
	if text == "" {
		return nil, nil
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return nil, ErrParameter.Saying("MAX_AGE must be a number of seconds.")
	}
	return new(time.Duration(seconds) * time.Second), nil
}

// countPresent counts what the user has proved for an access token, unless that is
// longer ago than age. nil: it may be any time ago. A token of another client counts
// for nothing: an application that got it must not sign the user in elsewhere with
// one factor less.
func (e *Engine) countPresent(ctx context.Context, a *attempt, access seal.Secret, age *time.Duration) error {
	present, err := e.tokens.VerifyAccess(ctx, access, "")
	if err != nil {
		return err
	}
	if a.user == nil || present.Pool.ID != a.pool.ID || present.User.Sub != a.user.Sub || !a.user.Enabled {
		return ErrParameter.Saying("The ACCESS_TOKEN is not of the user.")
	}
	if a.user.Status != user.Confirmed || a.user.SetPasswordAfter(present.AuthTime) {
		return nil // the user begins anew: what was proved before a new password counts no more
	}
	if present.Client.ID != a.client.ID {
		return ErrParameter.Saying("The ACCESS_TOKEN is not of the app client.")
	}
	if age != nil && a.now.Sub(present.AuthTime) > *age {
		return nil
	}
	target, _ := user.Target(a.pool, a.user, user.FirstFactors(a.pool, a.user), strings.Fields(a.given["TARGET_ACR_VALUES"]))
	switch {
	case target == 0:
		return ErrLevel
	case present.Proof.Level() >= target:
		return ErrLevelUp
	}
	a.target = target
	e.count(a, present.Proof)
	return nil
}

// count counts what the user has proved before. The code to an address that is no
// second factor beside the password is left out: the password may have been set with
// such a code, and follows now. If nothing can follow on what was proved, the user
// begins anew.
func (e *Engine) count(a *attempt, before token.Proof) {
	before = before.For(a.pool, a.client, a.user)
	has := func(way string) bool { return slices.Contains(before.AMR, way) }
	beside := user.StepFactors(a.pool, a.user, 0)
	for f, way := range ways {
		if has(way) && (f == credential.FactorPassword || slices.ContainsFunc(beside, func(second string) bool { return challengeNamed(second).rules().proves == f })) {
			a.proved = append(a.proved, f)
		}
	}
	a.roams = has(token.ByKey)
	if a.roams || has(token.ByDevice) {
		a.proved = append(a.proved, credential.FactorPasskey)
	}
	slices.Sort(a.proved)
	if a.stepsUp() && a.secondFactor() == "" && len(e.firstFactors(a)) == 0 {
		a.proved = nil
	}
}

// CanStepUp reports whether the user of a browser's session can go on with
// [Engine.StepUp]: something of what was proved counts, and the rest can be asked for.
// No second factor is set up on the way: whoever finds a browser would set up theirs.
func (e *Engine) CanStepUp(p *userpool.Pool, c *userpool.Client, who token.SignedIn, acr ...string) bool {
	a := &attempt{pool: p, client: c, user: who.User}
	if e.goOnFrom(a, who, acr) != nil {
		return false
	}
	_, can := e.lacking(a)
	return can
}

// StepUp goes on with a sign-in from what the user of a browser's session has proved:
// to the first of the levels acr that the user can reach or, without any, to what the
// pool demands. The caller sees to it that the client takes the session for what it
// is, and that the session has not ended when the sign-in is complete: see
// [Outcome.Resumed]. It issues no tokens. ErrStepUp, ErrLevel.
func (e *Engine) StepUp(ctx context.Context, p *userpool.Pool, c *userpool.Client, who token.SignedIn, v risk.Visit, acr ...string) (*Outcome, error) {
	a := &attempt{pool: p, client: c, name: who.User.Username, visit: v, now: e.now()}
	return e.recorded(ctx, a, func() (*Outcome, error) {
		if err := e.begin(ctx, a, ""); err != nil {
			return nil, err
		}
		if a.user == nil || a.user.Sub != who.User.Sub {
			return nil, ErrStepUp
		}
		who.User = a.user
		if err := e.goOnFrom(a, who, acr); err != nil {
			return nil, err
		}
		next, can := e.lacking(a)
		if !can {
			return nil, ErrStepUp
		}
		a.then = next
		return e.next(ctx, a)
	})
}

// goOnFrom counts what was proved for a browser's session.
func (e *Engine) goOnFrom(a *attempt, who token.SignedIn, acr []string) error {
	if !a.user.Enabled || a.user.Status != user.Confirmed || who.Overtaken() {
		return ErrStepUp
	}
	target, named := user.Target(a.pool, a.user, user.FirstFactorsFor(a.pool, a.client, a.user), acr)
	if named && target == 0 {
		return ErrLevel
	}
	a.wanted, a.target, a.resumed = levels(a.pool, acr), target, true
	if e.count(a, who.Proof); len(a.proved) == 0 {
		return ErrStepUp
	}
	return nil
}

// lacking returns the challenge that is to follow on what was proved before; "": a
// second factor that is due. can is false if there is none to follow.
func (e *Engine) lacking(a *attempt) (next string, can bool) {
	switch second := a.secondFactor(); {
	case second == MFASetup:
		return "", false
	case second != "":
		return "", true
	case a.level() >= a.target:
		return "", false
	}
	first := slices.DeleteFunc(e.firstFactors(a), func(f string) bool { return f == user.BySRP })
	if len(first) == 0 || !ByChoice(a.pool, a.client) {
		return "", false
	}
	if len(first) > 1 {
		return SelectChallenge, true
	}
	return first[0], true
}

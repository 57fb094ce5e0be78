package migrate

import (
	"cmp"
	"context"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/formerpool"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ErrFactors means that the second factors that the pool asks for cannot be taken over.
var ErrFactors = fault.New(fault.Invalid, "source_factors", "The second factors of the pool cannot be taken over.")

// takeFactors takes over which second factors the pool asks for, once: what is set here
// after that stays. Until then nobody comes to a pool that asks for less than at the
// source, and no app client is made, with which strangers could sign up.
func (t *taking) takeFactors(ctx context.Context) error {
	out, err := t.cfg.Source.Call(ctx, "GetUserPoolMfaConfig", formerpool.Document{"UserPoolId": t.id})
	if err != nil {
		return err
	}
	there := userpool.MFAMode(out.Text("MfaConfiguration"))
	if t.taken().Factors {
		if !asksAsMuch(t.pool, there) {
			t.report.leave("second factors of the pool: MfaConfiguration is %s at the source; here it was changed since, and stays %s", there, cmp.Or(t.pool.Settings.MFA.Mode, "OFF"))
		}
		return nil
	}
	if err := t.copyFactors(ctx, out, there); err != nil {
		return err
	}
	return t.keepTaken(ctx, func(taken *userpool.TakenOver) { taken.Factors = true })
}

// copyFactors gives the pool the second factors of the source, or leaves those that its
// operator has set here, if it asks for as much.
func (t *taking) copyFactors(ctx context.Context, out formerpool.Document, there userpool.MFAMode) (err error) {
	out["UserPoolId"] = t.id
	why := t.makeWithout(ctx, "the second factors", "SetUserPoolMfaConfig", out, "WebAuthnConfiguration")
	if why != nil && !refused(why) {
		return why
	}
	if t.pool, err = t.cfg.API.Pools.Pool(ctx, t.pool.ID); err != nil || why == nil {
		return err
	}
	if !asksAsMuch(t.pool, there) {
		return ErrFactors.Saying("The second factors that the pool asks for cannot be taken over, and no user was: %s Make what they need, or set them here with SetUserPoolMfaConfig, and run the command again.", textOf(why)).Because(why)
	}
	t.report.leave("second factors of the pool, which has those that were set here: %s", textOf(why))
	return nil
}

func asksAsMuch(p *userpool.Pool, there userpool.MFAMode) bool {
	switch here := p.Settings.MFA.Mode; there {
	case userpool.MFARequired:
		return here == userpool.MFARequired
	case userpool.MFAOptional:
		return here != userpool.MFAOff
	}
	return true
}

// factors are the second factors that a user turned on at the source.
type factors struct {
	on        []string
	preferred string
}

// factorsOf reads the second factors of a user whom ListUsers described: that list does
// not have them.
func (t *taking) factorsOf(ctx context.Context, d formerpool.Document) (factors, error) {
	if !t.cfg.Factors || d.Text("UserStatus") == string(user.External) {
		return factors{}, nil
	}
	out, err := t.cfg.Source.Call(ctx, "AdminGetUser", formerpool.Document{"UserPoolId": t.id, "Username": d.Text("Username")})
	had := factors{out.Texts("UserMFASettingList"), out.Text("PreferredMfaSetting")}
	if options, _ := out["MFAOptions"].([]any); len(options) > 0 { // turned on in the old way, with SetUserSettings
		had.on = append(had.on, user.SMSMFA)
	}
	return had, err
}

// bring gives a user the second factors.
func (f factors) bring(p *userpool.Pool, u *user.User) {
	u.BringFactors(p, f.on)
	if slices.Contains(u.Security.MFA.On(), f.preferred) {
		u.Security.MFA.Preferred = f.preferred
	}
}

// leaveFactors reports what did not come along of the second factors of users.
func (t *taking) leaveFactors() {
	switch {
	case t.cfg.Factors && t.report.Apps > 0:
		t.report.leave("authenticator apps of %d users: their secrets cannot be read at the source; who has no other second factor sets up a new one at the next sign-in", t.report.Apps)
	case !t.cfg.Factors && t.former == nil:
		t.report.leave("second factors that users turned on: a user has none here until it is set up, unless the pool's MfaConfiguration is ON")
	}
	t.report.leave("authenticator apps, passkeys and remembered devices: they cannot be read at the source")
}

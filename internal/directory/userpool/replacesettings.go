package userpool

import (
	"context"
	"slices"
)

// ReplaceSettings replaces a pool's settings. A field of s with its zero value gets
// its default, except for those that [Settings.keeping] takes over. The name stays if
// name is nil. If mode is nil, the second factors stay; otherwise it replaces the mode,
// and the factors stay. It does not change what [Engine.UpdatePool] never changes.
// ErrPoolNotFound, ErrSettings, ErrTags. Cognito: UpdateUserPool.
func (e *Engine) ReplaceSettings(ctx context.Context, id PoolID, name *string, mode *MFAMode, s Settings) error {
	_, err := e.UpdatePool(ctx, id, func(p *Pool) error {
		mfa, err := p.Settings.MFA.updated(mode, s.MFA.Message.SMSMessage)
		if err != nil {
			return err
		}
		p.Settings = s.keeping(p.Settings)
		p.Settings.MFA = mfa
		if name != nil {
			p.Name = *name
		}
		return nil
	})
	return err
}

// keeping returns s with what an update of a pool leaves as it was before: what the
// update cannot change, and what it keeps if it does not say it.
//
// Cognito: UpdateUserPool documents that it resets every setting but the tier if the
// request leaves it out. Its users have measured that the two policies, the tags, the
// attributes to verify before an update and the mode of MFA stay too.
func (s Settings) keeping(before Settings) Settings {
	s.Schema, s.AWSIssuer, s.Sessions = before.Schema, before.AWSIssuer, before.Sessions
	s.Passkeys, s.ForeignHashes, s.Former = before.Passkeys, before.ForeignHashes, before.Former
	s.Logs, s.RecoveryCodes, s.Taken = before.Logs, before.RecoveryCodes, before.Taken
	s.Declared = before.Declared
	if s.Tier == "" {
		s.Tier = before.Tier
	}
	s.PasswordPolicy = s.PasswordPolicy.or(before.PasswordPolicy)
	if s.FirstFactors == nil {
		s.FirstFactors = before.FirstFactors
	}
	if s.VerifiedBeforeUpdate == nil {
		s.VerifiedBeforeUpdate = slices.DeleteFunc(slices.Clone(before.VerifiedBeforeUpdate), func(a string) bool { return !slices.Contains(s.AutoVerified, a) })
	}
	if s.Tags == nil {
		s.Tags = before.Tags
	}
	if s.SMS == nil {
		s.SMS = before.SMS
	}
	if s.Registration == nil {
		s.Registration = before.Registration
	}
	return s
}

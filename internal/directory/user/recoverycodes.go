package user

import (
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// RecoveryCode is the factor of recovery codes, which take the place of a second one.
const RecoveryCode = "RECOVERY_CODE"

// ErrRecoveryOff means that a user can have no recovery codes.
var ErrRecoveryOff = fault.New(fault.Denied, "recovery_codes_off", "Recovery codes are for users with a second factor, in a user pool that has them.")

// RecoveryCodes are the codes of a user that nobody has used. Nothing but their hashes
// is kept: a code has seventy-nine random bits, which nobody finds from its hash.
type RecoveryCodes struct {
	Hashes [][]byte
	Made   time.Time
}

// A code has sixteen characters of an alphabet without those that people take for
// others. It is shown in groups.
const (
	recoveryAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"
	recoveryLength   = 16
	recoveryGroup    = 4
)

// NewRecoveryCodes makes n codes for u. It returns what is kept of them, and the codes
// as they are shown.
func NewRecoveryCodes(u *User, n int, now time.Time) (*RecoveryCodes, []seal.Secret) {
	kept, shown := &RecoveryCodes{Made: now}, make([]seal.Secret, n)
	for i := range shown {
		code := ids.From(recoveryAlphabet, recoveryLength)
		kept.Hashes = append(kept.Hashes, hashRecovery(u, code))
		shown[i] = seal.Secret(grouped(code))
	}
	return kept, shown
}

func grouped(code string) string {
	var groups []string
	for group := range slices.Chunk([]byte(code), recoveryGroup) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}

// IsRecoveryCode reports whether a text has the form of a recovery code, however its
// letters and groups are typed.
func IsRecoveryCode(text string) bool {
	code := plainRecovery(text)
	return len(code) == recoveryLength && strings.Trim(code, recoveryAlphabet) == ""
}

func plainRecovery(text string) string {
	return strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(text))
}

// RecoveryCodesLeft returns how many codes the user has that work.
func (u *User) RecoveryCodesLeft(p *userpool.Pool) int {
	if p.Settings.RecoveryCodes == 0 || u.Security.RecoveryCodes == nil {
		return 0
	}
	return len(u.Security.RecoveryCodes.Hashes)
}

// UseRecoveryCode removes a code from those that s, which is of u, has. It reports
// whether the code was one of them.
func (u *User) UseRecoveryCode(s *Security, code seal.Secret) bool {
	if s.RecoveryCodes == nil {
		return false
	}
	hash := hashRecovery(u, plainRecovery(code.Reveal()))
	left := slices.DeleteFunc(slices.Clone(s.RecoveryCodes.Hashes), func(h []byte) bool { return subtle.ConstantTimeCompare(h, hash) == 1 })
	used := len(left) < len(s.RecoveryCodes.Hashes)
	s.RecoveryCodes = &RecoveryCodes{Hashes: left, Made: s.RecoveryCodes.Made}
	return used
}

// hashRecovery ties a code to its user.
func hashRecovery(u *User, code string) []byte {
	return seal.Hash("recovery-code:" + string(u.Pool) + ":" + string(u.Sub) + ":" + code)
}

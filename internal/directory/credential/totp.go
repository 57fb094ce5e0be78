package credential

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
)

// FactorTOTP is a code of an authenticator app.
const FactorTOTP Factor = "totp"

// FactorTOTPSetUp is the first code of a new app. It proves nothing about who the
// user is, so its wrong guesses are counted apart from those of FactorTOTP.
const FactorTOTPSetUp Factor = "totp-set-up"

// ErrTOTPUsed means that a code of an authenticator app is right, but was accepted
// before, or is older than one that was. RFC 6238 §5.2.
var ErrTOTPUsed = fault.New(fault.Expired, "totp_used", "Your software token has already been used once.")

// What all authenticator apps do unless they are told otherwise. RFC 6238 §4.
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpDrift  = 1 // how many steps the clock of the app may be off, either way
	totpBytes  = 32
)

// NewTOTP makes an authenticator app's secret for u. It returns what is kept of
// it, and the text that the app needs.
func (e *Engine) NewTOTP(u *user.User) (*user.TOTP, seal.Secret, error) {
	secret := make([]byte, totpBytes)
	rand.Read(secret)
	sealed, err := e.Sealer.Seal(secret, TOTPContext(u))
	if err != nil {
		return nil, "", err
	}
	return &user.TOTP{Sealed: sealed}, seal.Secret(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)), nil
}

// ProveTOTP reports whether code is one of the user's authenticator app. If it is,
// the caller makes the change use to the user, which uses up the time step of the code.
// Of equal codes at once, use succeeds for one. u must have an app. ErrTOTPUsed, also
// from use.
func (e *Engine) ProveTOTP(u *user.User, code seal.Secret) (right bool, use func(*user.Security) error, err error) {
	step, err := e.TOTPStep(u, u.Security.TOTP, code)
	if err != nil || step == 0 {
		return false, nil, err
	}
	return true, func(s *user.Security) error {
		if s.TOTP == nil || !bytes.Equal(s.TOTP.Sealed, u.Security.TOTP.Sealed) || step <= s.TOTP.Used {
			return ErrTOTPUsed
		}
		s.TOTP.Used = step
		return nil
	}, nil
}

// TOTPStep returns the time step of a code of the app: the first step that has
// the code and was not used. 0: the code is wrong. ErrTOTPUsed. It stores nothing.
func (e *Engine) TOTPStep(u *user.User, t *user.TOTP, code seal.Secret) (int64, error) {
	secret, err := e.Sealer.Open(t.Sealed, TOTPContext(u))
	if err != nil {
		return 0, fmt.Errorf("open the authenticator app of %s: %w", u.Sub, err)
	}
	var found, used int64
	now := e.now().Unix() / int64(totpStep.Seconds())
	for step := now + totpDrift; step >= now-totpDrift; step-- {
		switch {
		case subtle.ConstantTimeCompare([]byte(totp(secret, step)), []byte(code.Reveal())) != 1:
		case step > t.Used:
			found = step
		default:
			used = step
		}
	}
	if found == 0 && used != 0 {
		return 0, ErrTOTPUsed
	}
	return found, nil
}

// totp returns the code of a time step. RFC 4226 §5.3.
func totp(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, number%1_000_000)
}

// TOTPContext ties the secret of an authenticator app to its user.
func TOTPContext(u *user.User) string { return "totp:" + string(u.Pool) + ":" + string(u.Sub) }

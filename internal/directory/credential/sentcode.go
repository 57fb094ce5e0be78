package credential

import (
	"crypto/subtle"
	"strings"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
)

// FactorSMS and FactorEmail are codes that were sent to the user during the
// sign-in.
const (
	FactorSMS   Factor = "sms"
	FactorEmail Factor = "email"
)

// FactorPasskey is a passkey.
const FactorPasskey Factor = "passkey"

// NewSentCode makes a code that will be sent to an attribute of u during a
// sign-in, and its keyed hash. Nothing is stored: the hash travels with the
// sign-in's sealed state. The code proves the value that the attribute has now.
func (e *Engine) NewSentCode(u *user.User, attribute string, digits int) (code seal.Secret, mac []byte) {
	text := ids.Digits(digits)
	return seal.Secret(text), e.sentMAC(u, attribute, text)
}

// SentCodeMatches reports whether code is the one whose hash is mac.
func (e *Engine) SentCodeMatches(u *user.User, attribute string, code seal.Secret, mac []byte) bool {
	return subtle.ConstantTimeCompare(mac, e.sentMAC(u, attribute, code.Reveal())) == 1
}

func (e *Engine) sentMAC(u *user.User, attribute, code string) []byte {
	to := []string{"sent-code", string(u.Pool), string(u.Sub), attribute, u.Attributes[attribute]}
	return e.Sealer.MAC(strings.Join(to, ":"), code)
}

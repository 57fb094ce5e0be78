package credential

import (
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
)

// NobodySecret returns the secret from which the users are made up whom a pool of this
// installation pretends to have. It moves with the pool: if the made-up ones changed
// on the way, whoever compared what names answer would know them from users.
func NobodySecret(s *seal.Sealer, pool userpool.PoolID) []byte {
	return s.MAC("nobody", string(pool))
}

// NobodyContext ties that secret to the pool with which it came.
func NobodyContext(pool userpool.PoolID) string { return "nobody:" + string(pool) }

// nobodys returns what is made up of a name. what says for which purpose.
func (e *Engine) nobodys(p *userpool.Pool, what, name string) []byte {
	secret := NobodySecret(e.Sealer, p.ID)
	if len(p.Nobody) > 0 {
		if own, err := e.Sealer.Open(p.Nobody, NobodyContext(p.ID)); err == nil { // else ours serves, too
			secret = own
		}
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(what + ":" + p.Case(name)))
	return mac.Sum(nil)
}

// Nobody returns a made-up user for a name that no user has, to be asked the
// questions that a user is asked. It is always the same for a name, and nobody else
// can compute what it has. No answer of it is right.
//
// Whatever a user of the pool can have or lack, some of the made-up ones have or
// lack it: a phone number, an address, a passkey, a second factor, a temporary
// password, no password. With something that only users have, users could be found.
func (e *Engine) Nobody(p *userpool.Pool, name string) *user.User {
	chance := e.nobodys(p, "user", name)
	oneIn := func(n byte, draw int) bool { return chance[draw]%n == 0 }
	u := e.wholeNobody(p, name)
	for contact, without := range map[string]bool{"phone_number": oneIn(2, 2), "email": oneIn(8, 4)} {
		if a := p.Attribute(contact); without && !a.Required && u.Attributes[contact] != p.Case(name) {
			delete(u.Attributes, contact)
		}
	}
	if !oneIn(4, 3) {
		u.Security.Passkeys = nil
	}
	if oneIn(4, 5) { // of those that the pool accepts
		u.Security.TOTP, u.Security.MFA = &user.TOTP{}, user.MFA{SMS: true, TOTP: true, Email: true}
	}
	if oneIn(8, 6) {
		u.Status = user.ForceChangePassword
	}
	if oneIn(8, 7) && !p.Has(userpool.TriggerUserMigration) { // or whom a function knows could not say the password
		u.Password = nil
	}
	if len(user.FirstFactors(p, u)) == 0 { // as good as no user
		return e.wholeNobody(p, name)
	}
	return u
}

// wholeNobody returns a made-up user who has everything to begin with.
func (e *Engine) wholeNobody(p *userpool.Pool, name string) *user.User {
	name = p.Case(name)
	return &user.User{
		Pool: p.ID, Sub: user.Sub(e.FakeUserID(p, name)), Username: name, Status: user.Confirmed, Enabled: true,
		Password: &user.Password{}, Attributes: e.NobodysContacts(p, name),
		Security: user.Security{Passkeys: []passkey.Key{{
			ID: e.nobodys(p, "passkey", name), RP: "", Public: NobodysKey(), Transports: []string{"internal", "hybrid"},
		}}},
	}
}

// NobodysContacts returns the address and the phone number to which codes for a name
// that no user has would go, for their masks. They are always the same for a name:
// what was typed, or else made up. Cognito: the number.
func (e *Engine) NobodysContacts(p *userpool.Pool, name string) map[string]string {
	name = p.Case(name)
	chance := e.nobodys(p, "user", name)
	letter := func(b byte) string { return string('a' + rune(b%26)) }
	contacts := map[string]string{"email": letter(chance[0]) + "@" + letter(chance[1]), "phone_number": "+15550009934"}
	switch {
	case strings.Contains(name, "@"):
		contacts["email"] = name
	case strings.HasPrefix(name, "+"):
		contacts["phone_number"] = name
	}
	return contacts
}

// NobodysKey returns a public key, in COSE, of no passkey: to check a signature
// against it is the work of checking one. Everybody can sign with it (it is the base
// point of P-256), so what it accepts must be refused.
func NobodysKey() []byte {
	curve := elliptic.P256().Params()
	x, y := curve.Gx.FillBytes(make([]byte, 32)), curve.Gy.FillBytes(make([]byte, 32))
	// {1: 2, 3: -7, -1: 1, -2: x, -3: y}
	return slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, x, []byte{0x22, 0x58, 32}, y)
}

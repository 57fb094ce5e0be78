package credential

import (
	"crypto/elliptic"
	"slices"
	"strings"

	"gatehouse/internal/directory/passkey"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Nobody returns a made-up user for a name that no user has, to be asked the
// questions that a user is asked. It is always the same for a name, and nobody
// else can compute what it has: some have a phone or a passkey, some don't. No answer of it is
// right.
func (e *Engine) Nobody(p *userpool.Pool, name string) *user.User {
	name = p.Case(name)
	mac := e.Sealer.MAC("nobody:"+string(p.ID), name)
	letter := func(b byte) string { return string('a' + rune(b%26)) }
	u := &user.User{
		Pool: p.ID, Sub: user.Sub(e.FakeUserID(p, name)), Username: name, Status: user.Confirmed, Enabled: true,
		Password: &user.Password{}, Attributes: map[string]string{"email": letter(mac[0]) + "@" + letter(mac[1])},
	}
	if mac[2]%2 == 0 {
		u.Attributes["phone_number"] = "+15550009934"
	}
	if mac[3]%4 == 0 {
		u.Security.Passkeys = []passkey.Key{{ID: e.Sealer.MAC("nobodys-passkey:"+string(p.ID), name), RP: "", Public: NobodysKey(), Transports: []string{"internal", "hybrid"}}}
	}
	switch {
	case strings.Contains(name, "@"):
		u.Attributes["email"] = name
	case strings.HasPrefix(name, "+"):
		u.Attributes["phone_number"] = name
	}
	return u
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

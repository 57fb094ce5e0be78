package credential

import (
	"strings"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Nobody returns a made-up user for a name that no user has, to be asked the
// questions that a user is asked. It is always the same for a name, and nobody
// else can compute what it has: some have a phone, some don't. No answer of it is
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
	switch {
	case strings.Contains(name, "@"):
		u.Attributes["email"] = name
	case strings.HasPrefix(name, "+"):
		u.Attributes["phone_number"] = name
	}
	return u
}

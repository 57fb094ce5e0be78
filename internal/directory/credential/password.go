package credential

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of passwords.
var (
	ErrPasswordPolicy = fault.New(fault.Invalid, "password_policy", "Password does not conform to policy")
	ErrNoPassword     = fault.New(fault.Denied, "no_password", "The user has no password.")
)

// symbols are the characters that count as symbols. Cognito: "Adding user pool
// password requirements"; a space counts only inside a password.
const symbols = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- "

// Wording is how the error for a password that breaks the policy begins. Cognito words
// it by operation.
type Wording string

// The wordings.
const (
	SignUpWording     Wording = "Password did not conform with policy"          // SignUp
	InvitationWording Wording = "Password did not conform with password policy" // AdminCreateUser
	ChangeWording     Wording = "Password does not conform to policy"           // all others
)

// CheckPolicy checks a new password against the pool's policy. The error names
// the first rule that the password breaks.
func CheckPolicy(p userpool.PasswordPolicy, password seal.Secret, begin Wording) error {
	pw := password.Reveal()
	rules := []struct {
		broken bool
		say    string
	}{
		{utf8.RuneCountInString(pw) < p.MinimumLength, "Password not long enough"},
		{utf8.RuneCountInString(pw) > 256, "Password is too long"},
		{pw != strings.TrimSpace(pw), "Password must not begin or end with a space"},
		{p.Uppercase && !strings.ContainsFunc(pw, unicode.IsUpper), "Password must have uppercase characters"},
		{p.Lowercase && !strings.ContainsFunc(pw, unicode.IsLower), "Password must have lowercase characters"},
		{p.Numbers && !strings.ContainsFunc(pw, unicode.IsDigit), "Password must have numeric characters"},
		{p.Symbols && !strings.ContainsAny(pw, symbols), "Password must have symbol characters"},
	}
	for _, r := range rules {
		if r.broken {
			return ErrPasswordPolicy.Saying("%s: %s", begin, r.say)
		}
	}
	return nil
}

// Generate returns a temporary password that meets the policy. It has no
// characters that people confuse, such as l and 1.
func Generate(p userpool.PasswordPolicy) seal.Secret {
	classes := []string{"abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!@#%^*-_=+?"}
	n := max(p.MinimumLength, 12)
	for {
		pw := seal.Secret(ids.From(strings.Join(classes, ""), n))
		strict := userpool.PasswordPolicy{MinimumLength: n, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true}
		if CheckPolicy(strict, pw, InvitationWording) == nil {
			return pw
		}
	}
}

// MakePassword returns what is kept of a password. A temporary password expires
// after the time in the pool's policy. MakePassword does not check the policy: see
// CheckPolicy.
func (e *Engine) MakePassword(p *userpool.Pool, u *user.User, password seal.Secret, temporary bool) (*user.Password, error) {
	name := p.Case(u.Username)
	v, err := srp.NewVerifier(p.ID.Name(), name, password.Reveal())
	if err != nil {
		return nil, err
	}
	sealed, err := e.Sealer.Seal(v.V, PasswordContext(u))
	if err != nil {
		return nil, err
	}
	kept := &user.Password{Salt: v.Salt, Sealed: sealed, Set: e.now()}
	if name != u.Username {
		kept.Name = name
	}
	if temporary {
		kept.Expires = kept.Set.Add(p.Settings.PasswordPolicy.TemporaryValidity())
	}
	return kept, nil
}

// Verifier returns the user's SRP verifier, or ErrNoPassword if it has none.
func (e *Engine) Verifier(u *user.User) (srp.Verifier, error) {
	if !HasVerifier(u) {
		return srp.Verifier{}, ErrNoPassword
	}
	v, err := e.Sealer.Open(u.Password.Sealed, PasswordContext(u))
	return srp.Verifier{Salt: u.Password.Salt, V: v}, err
}

// UserID returns the USER_ID_FOR_SRP of a user: the name with which its password was
// made. Where case does not count, it is the folded name, which says no more than
// the client knows: the user's own spelling would tell that the user exists.
func UserID(p *userpool.Pool, u *user.User) string {
	switch {
	case u.Password == nil:
		return p.Case(u.Username)
	case u.Password.Name == "":
		return u.Username
	}
	return u.Password.Name
}

// FakeVerifier returns a verifier for a name that no user has. No password fits
// it. It is always the same for a name, so that asking twice does not tell it
// from a real one.
func (e *Engine) FakeVerifier(p *userpool.Pool, name string) srp.Verifier {
	return srp.FakeVerifier(e.nobodys(p, "user", name), p.ID.Name(), p.Case(name))
}

// FakeUserID returns the USER_ID_FOR_SRP for a name that no user has. It is the
// name itself, or a made-up UUID if a user with such a name has a UUID as the
// username: in pools with username attributes, and for an alias.
func (e *Engine) FakeUserID(p *userpool.Pool, name string) string {
	alias := p.AliasIs("email") && strings.Contains(name, "@") || p.AliasIs("phone_number") && strings.HasPrefix(name, "+")
	if len(p.Settings.UsernameAttributes) == 0 && !alias {
		return p.Case(name)
	}
	return srp.FakeUserID(e.nobodys(p, "user", name), p.ID.Name(), p.Case(name))
}

// Matches reports whether password is the user's. If u is nil, it does the same
// work and returns false, so that the time does not tell whether the user exists. If
// the password is proved against the hash of another system, or at the former pool of
// the user, our own verifier takes its place, and *u becomes what the store has then.
// ErrFormerAway.
func (e *Engine) Matches(ctx context.Context, p *userpool.Pool, u *user.User, name string, password seal.Secret) (bool, error) {
	right, err := e.matchesVerifier(p, u, name, password)
	if right || err != nil {
		return right, err
	}
	return e.matchesForeign(ctx, p, u, password)
}

// matchesVerifier is Matches for what is kept as a verifier.
func (e *Engine) matchesVerifier(p *userpool.Pool, u *user.User, name string, password seal.Secret) (bool, error) {
	if u == nil || !HasVerifier(u) {
		v := e.FakeVerifier(p, name)
		v.Check(p.ID.Name(), name, password.Reveal())
		return false, nil
	}
	v, err := e.Verifier(u)
	if err != nil {
		return false, err
	}
	return v.Check(p.ID.Name(), UserID(p, u), password.Reveal()), nil
}

// HasVerifier reports whether SRP can prove the user's password.
func HasVerifier(u *user.User) bool {
	return u.Password != nil && u.Password.Form == user.FormSRP
}

// PasswordContext ties what is kept of a password to its user.
func PasswordContext(u *user.User) string { return "password:" + string(u.Pool) + ":" + string(u.Sub) }

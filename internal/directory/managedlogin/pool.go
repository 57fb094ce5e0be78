package managedlogin

import (
	"slices"
	"strconv"

	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/userpool"
)

// codeFactors are the first factors whose codes go to an attribute.
var codeFactors = map[string]string{"email": userpool.FirstEmail, "phone_number": userpool.FirstSMS}

// policyOf returns what the pages show of the pool's password policy.
func policyOf(p *userpool.Pool) Policy {
	rules := p.Settings.PasswordPolicy
	return Policy{Length: rules.MinimumLength, Lower: rules.Lowercase, Upper: rules.Uppercase, Digit: rules.Numbers, Symbols: rules.Symbols}
}

// identifierOf says what a user may type as their name to sign in.
func identifierOf(p *userpool.Pool) Identifier {
	if len(p.Settings.UsernameAttributes) > 0 {
		return Identifier{Email: p.UsernameIs("email"), Phone: p.UsernameIs("phone_number")}
	}
	return Identifier{Name: true, Email: p.AliasIs("email"), Phone: p.AliasIs("phone_number")}
}

// newIdentifierOf says what a person may type as their name to sign up. Aliases
// are not among it: a new user has none yet.
func newIdentifierOf(p *userpool.Pool) Identifier {
	return Identifier{Email: p.UsernameIs("email"), Phone: p.UsernameIs("phone_number")}
}

// signUpAttributes returns the attributes that the sign-up page asks for: the
// required ones, the address that the pool sends its code to, and in a pool whose
// users have no password the addresses for the codes to sign in with. An attribute
// that the person types as the user name is not asked for twice.
func signUpAttributes(p *userpool.Pool, c *userpool.Client) []Attribute {
	var all []Attribute
	for _, a := range p.Attributes() {
		byName := len(p.Settings.UsernameAttributes) == 0
		asked := a.Required || byName && (p.AutoVerifies(a.Name) || passwordsOf(p, c) == PasswordUnused && p.Settings.AllowsFirst(codeFactors[a.Name]))
		if !asked || a.Name == "sub" || soleUsername(p, a.Name) || !c.MayWrite(a.Name) {
			continue
		}
		all = append(all, attributeOf(p, a.Name))
	}
	return all
}

// passwordsOf says whether a person who signs up to the client needs a password.
func passwordsOf(p *userpool.Pool, c *userpool.Client) Passwords {
	s := &p.Settings
	byCode := s.AllowsFirst(userpool.FirstEmail) || s.AllowsFirst(userpool.FirstSMS)
	switch {
	case !signin.ByChoice(p, c) || !byCode || s.MFA.Mode == userpool.MFARequired:
		return PasswordNeeded
	case s.AllowsFirst(userpool.FirstPassword):
		return PasswordOptional
	}
	return PasswordUnused
}

// soleUsername reports whether the pool's users sign in with this attribute and
// no other: then the field for the user name asks for it.
func soleUsername(p *userpool.Pool, attribute string) bool {
	return slices.Equal(p.Settings.UsernameAttributes, []string{attribute})
}

// attributeOf returns the input for an attribute of the pool.
func attributeOf(p *userpool.Pool, name string) Attribute {
	asked := Attribute{Name: name}
	if a := p.Attribute(name); a != nil {
		asked.Length, _ = strconv.Atoi(a.MaxLength)
		asked.Number = a.Type == userpool.TypeNumber
	}
	return asked
}

// askedAgain returns the attributes that the form asked for, with what was
// typed.
func (v *visit) askedAgain() []Attribute {
	var all []Attribute
	given := v.attributes()
	for _, a := range v.pool.Attributes() {
		if v.r.PostForm.Has(attributeField(a.Name)) {
			asked := attributeOf(v.pool, a.Name)
			asked.Value = given[a.Name]
			all = append(all, asked)
		}
	}
	return all
}

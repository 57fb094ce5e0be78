package managedlogin

import (
	"slices"
	"strconv"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// What the pages show of a pool.

func policyOf(p *userpool.Pool) Policy {
	rules := p.Settings.PasswordPolicy
	return Policy{Length: rules.MinimumLength, Lower: rules.Lowercase, Upper: rules.Uppercase, Digit: rules.Numbers, Symbols: rules.Symbols}
}

// identifierOf says by what a person may be named at sign-in.
func identifierOf(p *userpool.Pool) Identifier {
	if len(p.Settings.UsernameAttributes) > 0 {
		return Identifier{Email: p.UsernameIs("email"), Phone: p.UsernameIs("phone_number")}
	}
	return Identifier{Name: true, Email: p.AliasIs("email"), Phone: p.AliasIs("phone_number")}
}

// newIdentifierOf says what a new user is named by; aliases come later.
func newIdentifierOf(p *userpool.Pool) Identifier {
	return Identifier{Email: p.UsernameIs("email"), Phone: p.UsernameIs("phone_number")}
}

// displayName is the name that a person knows as their own.
func displayName(p *userpool.Pool, u *user.User) string {
	for _, name := range p.Settings.UsernameAttributes {
		if v := u.Attributes[name]; v != "" {
			return v
		}
	}
	return u.Username
}

// signUpAttributes are the attributes that the sign-up page asks for: the
// required ones, and the address that the pool sends its code to. The ones
// that may be the username are asked for in its field.
func signUpAttributes(p *userpool.Pool, c *userpool.Client) []Attribute {
	var all []Attribute
	for _, a := range p.Attributes() {
		asked := a.Required || len(p.Settings.UsernameAttributes) == 0 && p.AutoVerifies(a.Name)
		if !asked || a.Name == "sub" || soleUsername(p, a.Name) || !c.MayWrite(a.Name) {
			continue
		}
		all = append(all, attributeOf(p, a.Name))
	}
	return all
}

// soleUsername reports whether the field for the username is the attribute's.
func soleUsername(p *userpool.Pool, attribute string) bool {
	return slices.Equal(p.Settings.UsernameAttributes, []string{attribute})
}

// attributeOf is the question for an attribute of the pool.
func attributeOf(p *userpool.Pool, name string) Attribute {
	asked := Attribute{Name: name}
	if a := p.Attribute(name); a != nil {
		asked.Length, _ = strconv.Atoi(a.MaxLength)
		asked.Number = a.Type == userpool.TypeNumber
	}
	return asked
}

// askedAgain are the attributes that the form held, with what was typed.
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

package user

import (
	"strings"
	"unicode"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/pattern"
	"gatehouse/internal/directory/userpool"
)

// NewUser says which user to make. Username is what the caller sent. In a pool
// whose username is an attribute, it becomes the value of that attribute, and
// the stored username is the sub.
type NewUser struct {
	Username    string
	Sub         Sub // of a user who comes with one; "": a new one
	Attributes  map[string]string
	Status      Status
	Password    *Password
	TakeAliases bool
	OwnWords    bool // the user says the attributes: nobody has verified its contacts
}

// Draft returns the user that n describes, checked against the pool's rules.
// [Engine.Create] saves it. ErrUsername, ErrAttributes.
func (e *Engine) Draft(p *userpool.Pool, n NewUser) (*User, error) {
	now := e.now()
	if n.Sub == "" {
		n.Sub = Sub(ids.UUID())
	}
	if !subForm.MatchString(string(n.Sub)) {
		return nil, ErrUsername.Saying("The sub %q is no UUID.", n.Sub)
	}
	u := &User{
		Pool: p.ID, Sub: n.Sub, Username: n.Username, Status: n.Status, Enabled: true,
		Attributes: map[string]string{}, Password: n.Password, Created: now, Modified: now,
	}
	for name, value := range n.Attributes {
		u.Attributes[name] = value
	}
	if err := nameUser(p, u); err != nil {
		return nil, err
	}
	if err := CheckAttributes(p, u.Attributes); err != nil {
		return nil, err
	}
	for name, value := range u.Attributes {
		if value == "" { // an empty value stands for no attribute
			delete(u.Attributes, name)
			continue
		}
		u.Attributes[name] = normal(p.Attribute(name), value)
	}
	if n.OwnWords {
		u.unverify("email", u.Attributes["email"])
		u.unverify("phone_number", u.Attributes["phone_number"])
	}
	return u, nil
}

// subForm is the form of every sub.
var subForm = pattern.New(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// nameUser checks a new user's username and, in a pool whose username is an
// attribute, moves it to that attribute. Cognito: "Customizing sign-in
// attributes".
func nameUser(p *userpool.Pool, u *User) error {
	if u.Username == "" || strings.ContainsFunc(u.Username, unicode.IsSpace) {
		return ErrUsername.Saying("Username cannot be empty or contain spaces.")
	}
	if len(p.Settings.UsernameAttributes) > 0 {
		return nameByAttribute(p, u)
	}
	if form := formOfAlias(p, u.Username); form != "" {
		return ErrUsername.Saying("Username cannot be of %s format, since user pool is configured for %s alias.", form, form)
	}
	return nil
}

// formOfAlias says of which alias of the pool a name has the form, "": of none. A
// user could choose such a name without owning the address or the number, and its
// owner could not sign in with it.
func formOfAlias(p *userpool.Pool, name string) string {
	switch {
	case p.AliasIs("email") && looksLikeEmail(name):
		return "email"
	case p.AliasIs("phone_number") && looksLikePhone(name):
		return "phone number"
	}
	return ""
}

func nameByAttribute(p *userpool.Pool, u *User) error {
	var attribute string
	switch {
	case p.UsernameIs("email") && looksLikeEmail(u.Username):
		attribute = "email"
	case p.UsernameIs("phone_number") && looksLikePhone(u.Username):
		attribute = "phone_number"
	case p.UsernameIs("email") && p.UsernameIs("phone_number"):
		return ErrUsername.Saying("Username should be either an email or a phone number.")
	case p.UsernameIs("email"):
		return ErrUsername.Saying("Username should be an email.")
	default:
		return ErrUsername.Saying("Username should be a phone number.")
	}
	if given := u.Attributes[attribute]; given != "" && p.Case(given) != p.Case(u.Username) {
		return ErrUsername.Saying("The username and the attribute %s differ.", attribute)
	}
	u.Attributes[attribute] = u.Username
	u.Username = string(u.Sub)
	return nil
}

package managedlogin

import "gatehouse/internal/base/page"

// Identifier says by what a pool's users may name themselves. The zero value
// is the user name alone.
type Identifier struct {
	Email bool
	Phone bool
	Name  bool // a user name of their own choice, beside the others
}

// Label is the name of the field.
func (i Identifier) Label() string {
	switch {
	case i.Email && i.Phone && i.Name:
		return "Username, e-mail address or phone number"
	case i.Email && i.Phone:
		return "E-mail address or phone number"
	case i.Email && i.Name:
		return "Username or e-mail address"
	case i.Phone && i.Name:
		return "Username or phone number"
	case i.Email:
		return "E-mail address"
	case i.Phone:
		return "Phone number"
	}
	return "Username"
}

// field is the input for the identifier. Its type helps a phone choose the
// right keyboard; it is a plain text as soon as there are two ways.
func (i Identifier) field(id string) page.Field {
	f := page.Field{Name: fieldUsername, ID: id, Label: i.Label(), Autocomplete: "username", MaxLength: 128}
	switch i {
	case Identifier{Email: true}:
		f.Type = "email"
	case Identifier{Phone: true}:
		f.Type, f.Hint = "tel", phoneHint
	}
	return f
}

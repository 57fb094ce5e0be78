package managedlogin

import "gatehouse/internal/base/page"

// Identifier says what a pool's users may type to name themselves. The zero
// value means a user name and nothing else.
type Identifier struct {
	Email bool
	Phone bool
	Name  bool // a user name, beside the others
}

// Label returns the label of the field.
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

// field returns the input for the identifier. Its type lets a phone show the
// right keyboard; with two ways to name oneself it is a plain text input.
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

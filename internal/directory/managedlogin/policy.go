package managedlogin

import (
	"fmt"

	"gatehouse/internal/base/page"
)

// Policy is the part of a pool's password policy that a person must know.
type Policy struct {
	Length                       int
	Lower, Upper, Digit, Symbols bool
}

// Words returns the rules of the policy in words.
func (p Policy) Words() []string {
	words := []string{fmt.Sprintf("At least %d characters", max(p.Length, 1))}
	add := func(on bool, text string) {
		if on {
			words = append(words, text)
		}
	}
	add(p.Lower, "A lower-case letter")
	add(p.Upper, "A capital letter")
	add(p.Digit, "A digit")
	add(p.Symbols, "A symbol, such as ! or %")
	return words
}

// Passwords says whether a page that makes an account asks for a password.
type Passwords int

// What a person needs.
const (
	PasswordNeeded Passwords = iota
	PasswordOptional
	PasswordUnused // the pool's users sign in without one
)

// passwords returns the two fields for a new password. alert is the id of the
// alert that they are tied to; "": none.
func (p Policy) passwords(label, alert string) page.Blocks {
	return page.Blocks{
		page.Field{Name: fieldPassword, Label: label, Type: "password", Autocomplete: "new-password", MaxLength: 256, Rules: p.Words(), Alert: alert},
		page.Field{Name: fieldRepeat, Label: label + " again", Type: "password", Autocomplete: "new-password", MaxLength: 256, Alert: alert},
	}
}

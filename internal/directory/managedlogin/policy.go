package managedlogin

import (
	"fmt"

	"gatehouse/internal/base/page"
)

// Policy is a pool's password policy, as far as a person must know it.
type Policy struct {
	Length                       int
	Lower, Upper, Digit, Symbols bool
}

// Words says the policy one rule a line.
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

// passwords are the two fields for a new password.
func (p Policy) passwords(label, alert string) page.Blocks {
	return page.Blocks{
		page.Field{Name: fieldPassword, Label: label, Type: "password", Autocomplete: "new-password", MaxLength: 256, Rules: p.Words(), Alert: alert},
		page.Field{Name: fieldRepeat, Label: label + " again", Type: "password", Autocomplete: "new-password", MaxLength: 256, Alert: alert},
	}
}

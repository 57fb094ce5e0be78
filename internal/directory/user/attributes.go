package user

import (
	"maps"
	"net/mail"
	"slices"
	"strings"

	"gatehouse/internal/directory/userpool"
)

// CheckAttributes checks attributes against the pool's schema. Its error names
// every attribute that does not fit. An empty value, which removes an attribute,
// always fits.
func CheckAttributes(p *userpool.Pool, attributes map[string]string) error {
	var faults strings.Builder
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[name]
		a := p.Attribute(name)
		switch {
		case a == nil || name == "sub":
			faults.WriteString(name + ": Attribute does not exist in the schema.\n")
			continue
		case value == "":
			continue
		}
		if reason, ok := a.Fits(value); !ok {
			faults.WriteString(name + ": " + reason + "\n")
		}
	}
	if faults.Len() > 0 {
		return ErrAttributes.Saying("Attributes did not conform to the schema: %s", faults.String())
	}
	if err := checkPreferred(p, attributes["preferred_username"]); err != nil {
		return err
	}
	return checkContacts(attributes)
}

// checkPreferred refuses a preferred username that signs its user in and has the
// form of another alias. The text is that of usernames, for which it was observed.
func checkPreferred(p *userpool.Pool, name string) error {
	if form := formOfAlias(p, name); p.AliasIs("preferred_username") && form != "" {
		return ErrAttributes.Saying("Preferred username cannot be of %s format, since user pool is configured for %s alias.", form, form)
	}
	return nil
}

// checkContacts checks the form of an e-mail address and a phone number.
func checkContacts(attributes map[string]string) error {
	if v := attributes["email"]; v != "" && !looksLikeEmail(v) {
		return ErrAttributes.Saying("Invalid email address format.")
	}
	if v := attributes["phone_number"]; v != "" && !looksLikePhone(v) {
		return ErrAttributes.Saying("Invalid phone number format.")
	}
	return nil
}

// MissingAttributes returns the required attributes that u does not have, in the
// order of the schema.
func MissingAttributes(p *userpool.Pool, u *User) []string {
	var missing []string
	for _, a := range p.Attributes() {
		if a.Required && a.Name != "sub" && u.Attributes[a.Name] == "" {
			missing = append(missing, a.Name)
		}
	}
	return missing
}

// CheckOwnWords returns an error if the client may not set one of the attributes
// for its user. An attribute that the schema lacks is left to [CheckAttributes].
// ErrUnwritable.
func CheckOwnWords(p *userpool.Pool, c *userpool.Client, attributes map[string]string) error {
	for name := range attributes {
		if p.Attribute(name) != nil && !c.MayWrite(name) {
			return ErrUnwritable
		}
	}
	return nil
}

// CheckOwnChanges returns an error if a user gives itself an attribute that is not
// mutable and that nobody set when it was made: a policy may believe it.
func CheckOwnChanges(p *userpool.Pool, u *User, changes map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		if a := p.Attribute(name); a != nil && !a.Mutable && changes[name] != u.Attribute(name) {
			return errImmutable(name)
		}
	}
	return nil
}

func errImmutable(name string) error {
	return ErrAttributes.Saying("user.%s: Attribute cannot be updated.\n", name)
}

// SetAttributes applies changes to u. An empty value removes the attribute. A
// changed e-mail address or phone number becomes unverified, or waits until the
// user verifies it (setContact), unless the same changes verify it. A required
// attribute cannot be removed. An attribute that is not mutable cannot change
// once it is set.
func SetAttributes(p *userpool.Pool, u *User, changes map[string]string) error {
	if err := checkChanges(p, u, changes); err != nil {
		return err
	}
	for _, contact := range Contacts() {
		if value, given := changes[contact]; given {
			u.setContact(p, contact, value, isTrue(changes[contact+"_verified"]))
		}
	}
	for name, value := range changes {
		if !slices.Contains(Contacts(), name) {
			u.set(name, normal(p.Attribute(name), value))
		}
	}
	return nil
}

// set sets an attribute. An empty value removes it.
func (u *User) set(name, value string) {
	if value == "" {
		delete(u.Attributes, name)
		return
	}
	u.Attributes[name] = value
}

// checkChanges returns an error for the changes that name no attribute, or for the
// first change that is not allowed.
// Cognito: observed texts of UpdateUserAttributes and AdminDeleteUserAttributes.
func checkChanges(p *userpool.Pool, u *User, changes map[string]string) error {
	names := slices.Sorted(maps.Keys(changes))
	if err := checkNames(p, names, changes); err != nil {
		return err
	}
	for _, name := range names {
		a, value, was := p.Attribute(name), changes[name], u.Attributes[name]
		switch {
		case name == "sub", !a.Mutable && was != "" && was != value:
			return errImmutable(name)
		case value == "" && a.Required:
			return ErrAttributes.Saying("Invalid user attributes: %s: Required attribute cannot be deleted.", name)
		case value == "" && was != "" && !u.keepsName(p, changes):
			return ErrAttributes.Saying("Invalid user attributes: %s: The attribute is the username and cannot be deleted.", name)
		}
	}
	if err := CheckVerified(changes, u.Attributes); err != nil {
		return err
	}
	return CheckAttributes(p, changes)
}

// keepsName reports whether a user with whose address or number people sign in still
// has one after changes. A user of an identity provider signs in there.
func (u *User) keepsName(p *userpool.Pool, changes map[string]string) bool {
	names := p.Settings.UsernameAttributes
	return len(names) == 0 || u.Status == External || slices.ContainsFunc(names, func(name string) bool {
		value, changed := changes[name]
		return value != "" || !changed && u.Attributes[name] != ""
	})
}

// checkNames returns an error with a line for each change of an attribute that the
// schema lacks.
func checkNames(p *userpool.Pool, names []string, changes map[string]string) error {
	var prefix string
	var lines strings.Builder
	for _, name := range names {
		gone := changes[name] == ""
		if p.Attribute(name) != nil && !(name == "sub" && gone) {
			continue
		}
		if gone {
			prefix = "Invalid user attributes: "
		}
		lines.WriteString("user." + name + ": Attribute does not exist in the schema.\n")
	}
	if lines.Len() == 0 {
		return nil
	}
	return ErrAttributes.Saying("%s%s", prefix, lines.String())
}

// normal returns a value in the form in which it is stored.
func normal(a *userpool.Attribute, value string) string {
	if a.Type == userpool.TypeBoolean {
		return strings.ToLower(value)
	}
	return value
}

func looksLikeEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !strings.ContainsAny(s, " \"<>")
}

// looksLikePhone reports whether s is an E.164 number: "+" and digits.
func looksLikePhone(s string) bool {
	if len(s) < 3 || len(s) > 16 || s[0] != '+' {
		return false
	}
	return strings.Trim(s[1:], "0123456789") == ""
}

package user

import (
	"maps"
	"strings"

	"gatehouse/internal/directory/userpool"
)

// Contacts returns the attributes that a code can verify. The phone number comes
// first: where both could get a code, Cognito sends it to the phone.
func Contacts() []string { return []string{"phone_number", "email"} }

// Verified reports whether the user has proved that it owns its e-mail address
// or phone number.
func (u *User) Verified(contact string) bool {
	return u.Attributes[contact] != "" && isTrue(u.Attributes[contact+"_verified"])
}

// ToVerify returns the e-mail address or phone number that a code would verify:
// the new value that waits for it, or else the present value.
func (u *User) ToVerify(contact string) string {
	if pending := u.Security.Pending[contact]; pending != "" {
		return pending
	}
	return u.Attributes[contact]
}

// Verify marks as verified what [User.ToVerify] returns. A value that waited
// becomes the user's.
func (u *User) Verify(contact string) {
	value := u.ToVerify(contact)
	u.forgetPending(contact)
	u.set(contact, value)
	u.set(contact+"_verified", "true")
}

// setContact sets an e-mail address or a phone number, or removes it if value is
// "". If the pool asks for it, a new value waits, and the present one stays, until
// the user has verified the new one. Cognito:
// AttributesRequireVerificationBeforeUpdate.
func (u *User) setContact(p *userpool.Pool, contact, value string, verified bool) {
	present := u.Attributes[contact]
	u.forgetPending(contact)
	switch {
	case value == present:
	case p.VerifiesBeforeUpdate(contact) && present != "" && value != "" && !verified:
		u.Security.Pending = maps.Clone(u.Security.Pending)
		if u.Security.Pending == nil {
			u.Security.Pending = map[string]string{}
		}
		u.Security.Pending[contact] = value
	default:
		u.unverify(contact, value)
		u.set(contact, value)
	}
}

// forgetPending drops the value that waits to be verified.
func (u *User) forgetPending(contact string) {
	pending := maps.Clone(u.Security.Pending)
	delete(pending, contact)
	u.Security.Pending = pending
}

// unverify says that nobody has verified value, the user's e-mail address or
// phone number, or "". It says so in words: applications may trust an address
// about which nothing is said.
func (u *User) unverify(contact, value string) {
	delete(u.Attributes, contact+"_verified")
	if value != "" {
		u.Attributes[contact+"_verified"] = "false"
	}
}

// isTrue reads a boolean attribute.
func isTrue(value string) bool { return strings.EqualFold(value, "true") }

// CheckVerified returns an error if attributes say that an e-mail address or a phone
// number is verified, or that it is not, and the user has none. has are the user's
// attributes; what attributes say of a contact comes first. Cognito: observed texts.
func CheckVerified(attributes, has map[string]string) error {
	for _, contact := range Contacts() {
		value, given := attributes[contact]
		if !given {
			value = has[contact]
		}
		if attributes[contact+"_verified"] != "" && value == "" {
			return ErrAttributes.Saying("%s", needsContact[contact])
		}
	}
	return nil
}

var needsContact = map[string]string{
	"email":        "Email is required to verify/un-verify an email",
	"phone_number": "Phone Number is required to verify/un-verify a phone number",
}

package managedlogin

import (
	"net/url"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/passkey"
)

// The names of the forms' fields. Programs that sign in without a browser rely
// on the names that Cognito's classic page uses for them.
const (
	fieldCSRF     = "_csrf"
	fieldUsername = "username"
	fieldPassword = "password"
	fieldRepeat   = "confirmPassword"
	fieldCode     = "code"
	fieldSession  = "session"
	fieldDevice   = "cognitoAsfData"
	fieldSentTo   = "destination"
	fieldContinue = "continue"
	fieldStep     = "step"
	fieldAnswer   = "answer"
	fieldAddress  = "address"
	fieldSecret   = "secret"
	fieldApp      = "deviceName"
	fieldAccount  = "account"
	fieldAgain    = "again"
	fieldChoose   = "choose" // the person wants to choose another first factor
	fieldSkip     = "skip"
	fieldRecover  = "recover" // recoverNow or recoverLater
	// The fields of passkeys, which the script reads and writes.
	fieldOptions    = passkey.FieldOptions
	fieldCredential = passkey.FieldCredential
	fieldFailure    = passkey.FieldFailure
)

// The values of fieldStep. A form that answers a challenge has the name of the
// challenge; MFA_SETUP has three forms.
const (
	stepNewPassword  = signin.NewPasswordRequired
	stepSetUpApp     = "MFA_SETUP_APP"
	stepSetUpAddress = "MFA_SETUP_ADDRESS"
)

// The values of fieldRecover.
const (
	recoverNow   = "1" // the person uses a recovery code
	recoverLater = "0" // the page for a code offers it
)

// text returns a field of the form without the spaces around it, which come
// along with copying. The methods below return the zero value for GET.
func (v *visit) text(name string) string { return strings.TrimSpace(v.r.PostForm.Get(name)) }

// secret returns a field of the form exactly as it was typed.
func (v *visit) secret(name string) seal.Secret { return seal.Secret(v.r.PostForm.Get(name)) }

// code returns the field for a code, without the spaces that people type
// between its digits.
func (v *visit) code() seal.Secret {
	return seal.Secret(strings.Join(strings.Fields(v.r.PostForm.Get(fieldCode)), ""))
}

// typedName returns the name that the person typed. The forms after the password
// carry the user's internal name, which nobody typed.
func (v *visit) typedName() string {
	if v.text(fieldStep) != "" {
		return ""
	}
	return v.text(fieldUsername)
}

// attributes returns the fields for attributes that the pool has.
func (v *visit) attributes() map[string]string {
	given := map[string]string{}
	for field := range v.r.PostForm {
		name, ok := strings.CutPrefix(field, "requiredAttributes[")
		if !ok || !strings.HasSuffix(name, "]") {
			continue
		}
		name = strings.TrimSuffix(name, "]")
		if value := v.text(field); value != "" && v.pool.Attribute(name) != nil {
			given[name] = value
		}
	}
	return given
}

// newPassword returns the password that was typed twice. errRepeat.
func (v *visit) newPassword() (seal.Secret, error) {
	password := v.secret(fieldPassword)
	// Programs that know the classic form may send it once.
	if again, sent := v.r.PostForm[fieldRepeat]; sent && !password.Equal(again[0]) {
		return "", errRepeat
	}
	return password, nil
}

// pathOf returns the path of the address under which a pool was reached: ""
// at a domain.
func pathOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}

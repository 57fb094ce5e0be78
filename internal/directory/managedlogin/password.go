package managedlogin

import "gatehouse/internal/base/page"

// NewPassword is the page for a person whose password was set by an
// administrator and must be changed before signing in.
type NewPassword struct {
	Frame
	User       string
	Session    string
	Policy     Policy
	Attributes []Attribute // required ones that have no value yet
	Problem    string
	Wrong      string // the name of the field that Problem is about; empty: none
}

// Doc returns the page.
func (p NewPassword) Doc() page.Doc {
	form := p.form("", "/login", hidden(fieldStep, stepNewPassword, fieldSession, p.Session, fieldUsername, p.User))
	form.Body = append(form.Body, p.Policy.passwords("New password", alertIf(p.Wrong == fieldPassword))...)
	form.Body = append(form.Body, attributeFields(p.Attributes)...)
	form.Body = append(form.Body, page.Button{Label: "Continue", Kind: page.Primary})
	d := p.doc("Choose a new password", problem(p.Problem), form, p.backToSignIn())
	d.Lead = "An administrator set your password. Choose one that only you know."
	return d
}

// ForgotPassword is the page that asks whose password is forgotten.
type ForgotPassword struct {
	Frame
	Identifier Identifier
	Username   string
	Problem    string
}

// Doc returns the page.
func (p ForgotPassword) Doc() page.Doc {
	name := p.Identifier.field("")
	name.Value, name.Autofocus, name.Alert = p.Username, true, alertIf(p.Problem != "")
	d := p.doc("Forgot your password?", problem(p.Problem),
		p.form("", "/forgotPassword", nil, name, page.Button{Label: "Send a code", Kind: page.Primary}),
		p.backToSignIn(),
	)
	d.Lead = "We will send you a code. With the code you can choose a new password."
	return d
}

// ResetPassword is the page for the code and the new password.
type ResetPassword struct {
	Frame
	Username    string
	Destination string // where the code went, masked; empty: not known
	Code        string // the value of the field; may be empty
	Policy      Policy
	Problem     string
	Wrong       string // the name of the field that Problem is about; empty: none
}

// Doc returns the page.
func (p ResetPassword) Doc() page.Doc {
	code := codeField(p.Code, p.Wrong == fieldCode)
	form := p.form("", "/confirmforgotPassword", hidden(fieldUsername, p.Username, fieldSentTo, p.Destination), code)
	form.Body = append(form.Body, p.Policy.passwords("New password", alertIf(p.Wrong == fieldPassword))...)
	form.Body = append(form.Body, page.Button{Label: "Change the password", Kind: page.Primary})
	d := p.doc("Choose a new password", problem(p.Problem), form,
		page.Link{Label: "Send another code", Href: p.href("/forgotPassword")},
		p.backToSignIn(),
	)
	d.Lead = "Enter the code that we sent " + to(p.Destination) + "."
	return d
}

// PasswordChanged is the page that says that the password was changed.
type PasswordChanged struct {
	Frame
}

// Doc returns the page.
func (p PasswordChanged) Doc() page.Doc {
	d := p.doc("Password changed", page.LinkButton{Label: "Sign in", Href: p.href("/login"), Kind: page.Primary})
	d.Lead = "From now on, sign in with your new password."
	return d
}

// to returns the words that follow "the code that we sent".
func to(destination string) string {
	if destination == "" {
		return "you"
	}
	return "to " + destination
}

// codeField returns the input for a code. It has the focus if it is empty.
func codeField(value string, wrong bool) page.Field {
	return page.Field{
		Name: fieldCode, Label: "Code", Autocomplete: "one-time-code", InputMode: "numeric",
		MaxLength: 16, Code: true, Value: value, Autofocus: value == "", Alert: alertIf(wrong),
	}
}

package managedlogin

import "gatehouse/internal/base/page"

// SignUp is the page at which a person makes an account.
type SignUp struct {
	Frame
	Identifier Identifier // what the person types as the user name
	Username   string
	Attributes []Attribute
	Policy     Policy
	Problem    string
	Wrong      string // the name of the field that Problem is about; empty: none
}

// Doc returns the page.
func (p SignUp) Doc() page.Doc {
	name := p.Identifier.field("")
	name.Value, name.Autofocus, name.Alert = p.Username, true, alertIf(p.Wrong == fieldUsername)
	form := p.form("", "/signup", nil, name)
	form.Body = append(form.Body, attributeFields(p.Attributes)...)
	form.Body = append(form.Body, p.Policy.passwords("Password", alertIf(p.Wrong == fieldPassword))...)
	form.Body = append(form.Body, page.Button{Label: "Sign up", Kind: page.Primary})
	return p.doc("Sign up", problem(p.Problem), form,
		page.Ask{Question: "Have an account?", Link: page.Link{Label: "Sign in", Href: p.href("/login")}},
	)
}

// Confirm is the page for the code that proves an e-mail address or a phone
// number.
type Confirm struct {
	Frame
	Identifier  Identifier // what to ask for if Username is empty
	Username    string
	Destination string // where the code went, masked; empty: not known
	Session     string // the sealed proof that signs this browser in after confirming; may be empty
	Problem     string
	Notice      string
}

// Doc returns the page.
func (p Confirm) Doc() page.Doc {
	d := p.doc("Confirm your account", notice(p.Notice), problem(p.Problem))
	d.Lead = "Enter the code that we sent " + to(p.Destination) + "."
	if p.Username == "" {
		form := p.form("", "/confirm", nil, p.Identifier.field(""), codeField("", p.Problem != ""), page.Button{Label: "Confirm", Kind: page.Primary})
		d.Body = append(d.Body, form, p.backToSignIn())
		return d
	}
	carried := hidden(fieldUsername, p.Username, fieldSession, p.Session, fieldSentTo, p.Destination)
	d.Body = append(d.Body,
		p.form("", "/confirm", carried, codeField("", p.Problem != ""), page.Button{Label: "Confirm", Kind: page.Primary}),
		p.form("", "/resendcode", carried, page.Button{Label: "Send another code"}),
		p.backToSignIn(),
	)
	return d
}

// Waiting is the page for a new account that an administrator must confirm,
// because the pool sends no code for it.
type Waiting struct {
	Frame
}

// Doc returns the page.
func (p Waiting) Doc() page.Doc {
	d := p.doc("Your account is waiting", p.backToSignIn())
	d.Lead = "Your account was created, and an administrator must confirm it before you can sign in."
	return d
}

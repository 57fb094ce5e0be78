package managedlogin

import (
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/directory/userpool"
)

// SignUp is the page at which a person makes an account.
type SignUp struct {
	Frame
	Identifier Identifier // what the person types as the user name
	Username   string
	Attributes []Attribute
	Policy     Policy
	Passwords  Passwords
	Problem    string
	Wrong      string // the name of the field that Problem is about; empty: none
}

// Doc returns the page.
func (p SignUp) Doc() page.Doc {
	name := p.Identifier.field("")
	name.Value, name.Autofocus, name.Alert = p.Username, true, alertIf(p.Wrong == fieldUsername)
	form := p.form("", "/signup", nil, name)
	form.Body = append(form.Body, attributeFields(p.Attributes)...)
	form.Body = append(form.Body, p.passwords()...)
	form.Body = append(form.Body, page.Button{Label: "Sign up", Kind: page.Primary})
	return p.doc("Sign up", problem(p.Problem), form,
		page.Ask{Question: "Have an account?", Link: page.Link{Label: "Sign in", Href: p.href("/login")}},
	)
}

// passwords returns the fields for the password, if there is one.
func (p SignUp) passwords() page.Blocks {
	if p.Passwords == PasswordUnused {
		return nil
	}
	fields := p.Policy.passwords("Password", alertIf(p.Wrong == fieldPassword))
	if p.Passwords == PasswordNeeded {
		return fields
	}
	for i, f := range fields {
		field := f.(page.Field)
		if field.Optional = true; i == 0 {
			field.Hint = "Without a password, you sign in with codes that we send you."
		}
		fields[i] = field
	}
	return fields
}

// Confirm is the page for the code that proves an e-mail address or a phone
// number.
type Confirm struct {
	Frame
	Identifier  Identifier // what to ask for if Username is empty
	Username    string
	Destination string // where the code went, masked; empty: not known
	ByLink      bool   // the message has a link, and no code
	Session     string // the sealed proof that signs this browser in after confirming; may be empty
	Problem     string
	Notice      string
}

// Doc returns the page.
func (p Confirm) Doc() page.Doc {
	d := p.doc("Confirm your account", notice(p.Notice), problem(p.Problem))
	d.Lead = "Enter the code that we sent " + to(p.Destination) + "."
	if p.ByLink {
		d.Lead = "Follow the link that we sent " + to(p.Destination) + ". Then sign in."
		d.Body = append(d.Body, p.resendLink(), p.backToSignIn())
		return d
	}
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

// resendLink is the form for another message with a link.
func (p Confirm) resendLink() page.Block {
	send := page.Button{Label: "Send another link"}
	if p.Username == "" {
		return p.form("", "/resendcode", nil, p.Identifier.field(""), send)
	}
	return p.form("", "/resendcode", hidden(fieldUsername, p.Username, fieldSession, p.Session, fieldSentTo, p.Destination), send)
}

// confirmsByLink reports whether the message for a new account, which went to a
// masked destination, has a link. "": the destination is not known.
func confirmsByLink(p *userpool.Pool, destination string) bool {
	if destination == "" {
		return p.Settings.ConfirmLink.On && !p.AutoVerifies("phone_number")
	}
	return p.Settings.ConfirmLink.On && strings.Contains(destination, "@")
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

package managedlogin

import "gatehouse/internal/page"

// SignUp is the page that makes a new account.
type SignUp struct {
	Frame
	Identifier Identifier // what stands in the field for the user name
	Username   string
	Attributes []Attribute
	Policy     Policy
	Terms      string // address of the terms of use; shown when both are there
	Privacy    string // address of the privacy policy
	Problem    string
}

// Doc returns the page.
func (p SignUp) Doc() page.Doc {
	name := p.Identifier.field("")
	name.Value, name.Autofocus, name.Alert = p.Username, true, about(p.Problem)
	form := p.form("", "", nil, name)
	form.Body = append(form.Body, attributeFields(p.Attributes)...)
	form.Body = append(form.Body, p.Policy.passwords("Password", about(p.Problem))...)
	form.Body = append(form.Body, page.Button{Label: "Sign up", Kind: page.Primary})
	d := p.doc("Sign up", problem(p.Problem), form,
		page.Ask{Question: "Have an account?", Link: page.Link{Label: "Sign in", Href: p.href("/login")}},
	)
	// Cognito: the sentence is there only when both documents are.
	if p.Terms != "" && p.Privacy != "" {
		d.Lead = "By signing up you agree to the terms of use and the privacy policy below."
		d.Foot = []page.Link{{Label: "Terms of use", Href: p.Terms}, {Label: "Privacy policy", Href: p.Privacy}}
	}
	return d
}

// Confirm is the page for the code that proves an address or a phone.
type Confirm struct {
	Frame
	Username    string
	Destination string // where the code went, masked; empty: not known
	Session     string // what goes on after confirming; may be empty
	Problem     string
	Notice      string
}

// Doc returns the page.
func (p Confirm) Doc() page.Doc {
	carried := hidden(fieldUsername, p.Username, fieldSession, p.Session)
	d := p.doc("Confirm your account", notice(p.Notice), problem(p.Problem),
		p.form("", "/confirm", carried, codeField(p.Problem), page.Button{Label: "Confirm", Kind: page.Primary}),
		p.form("", "/resendcode", carried, page.Button{Label: "Send another code"}),
	)
	d.Lead = "Enter the code that we sent " + to(p.Destination) + "."
	return d
}

package managedlogin

import (
	"gatehouse/internal/base/page"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/passkey"
)

// UsePasskey is the page at which a person signs in with a passkey.
type UsePasskey struct {
	Frame
	Username string // as it was typed
	Session  string
	Options  string // for the browser, in JSON
	Another  bool   // there are other first factors
	Problem  string
}

// Doc returns the page.
func (p UsePasskey) Doc() page.Doc {
	carried := hidden(fieldStep, signin.WebAuthn, fieldSession, p.Session, fieldUsername, p.Username)
	if p.Another {
		carried = append(carried, page.Hidden{Name: fieldChoose, Value: "1"})
	}
	d := p.passkeyDoc("Sign in with your passkey", p.Problem, p.passkeyForm("/login", p.Options, carried, "Use your passkey"))
	d.Lead = "as " + p.Username
	if p.Another {
		d.Body = append(d.Body, p.anotherWay(p.Username))
	}
	d.Body = append(d.Body, p.backToSignIn())
	return d
}

// AddPasskey is the page at which a person who is signed in adds a passkey.
type AddPasskey struct {
	Frame
	User     string // the name that the person signs in with
	Options  string // for the browser, in JSON; empty: no passkey can be added
	SignedUp bool   // the person has signed up just now, and goes on to the application
	Problem  string
}

// Doc returns the page.
func (p AddPasskey) Doc() page.Doc {
	var carried []page.Hidden
	if p.SignedUp {
		carried = hidden(fieldContinue, "1")
	}
	later := p.form("", addPasskeyPath, append(carried, page.Hidden{Name: fieldSkip, Value: "1"}), page.Button{Label: "Not now"})
	if p.Options == "" {
		return p.doc("Add a passkey", problem(p.Problem), later)
	}
	d := p.passkeyDoc("Add a passkey", p.Problem, p.passkeyForm(addPasskeyPath, p.Options, carried, "Add a passkey"), later)
	d.Lead = "With a passkey, " + p.User + " signs in by finger, face or screen lock. Nothing has to be remembered or typed."
	return d
}

// passkeyForm returns the form that the script sends.
func (f Frame) passkeyForm(path, options string, carried []page.Hidden, label string) page.Block {
	all := append([]page.Hidden{{Name: fieldOptions, Value: options}, {Name: fieldCredential}, {Name: fieldFailure}}, carried...)
	return f.form(passkey.FormName, path, all, page.Button{Label: label, Kind: page.Primary})
}

func (f Frame) passkeyDoc(title, text string, body ...page.Block) page.Doc {
	d := f.doc(title, append([]page.Block{problem(text)}, body...)...)
	d.Script = passkey.Script // the only script of the pages
	return d
}

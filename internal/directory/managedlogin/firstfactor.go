package managedlogin

import (
	"gatehouse/internal/base/page"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
)

// ChooseFirst is the page at which a person who has said who they are chooses with
// what to sign in.
type ChooseFirst struct {
	Frame
	App      string // the application's name; empty: the page does not name it
	Username string // as it was typed
	Session  string // of a sign-in that goes on; empty: none has begun
	Factors  []string
	Problem  string
}

// Doc returns the page.
func (p ChooseFirst) Doc() page.Doc {
	carried := hidden(fieldUsername, p.Username)
	if p.Session != "" {
		carried = append(carried, hidden(fieldStep, signin.SelectChallenge, fieldSession, p.Session)...)
	}
	form := p.form("", "/login", carried)
	for i, f := range p.Factors {
		b := page.Button{Label: firstLabels[f], Name: fieldAnswer, Value: f}
		if i == 0 {
			b.Kind = page.Primary
		}
		form.Body = append(form.Body, b)
	}
	d := p.doc("Choose how to sign in", problem(p.Problem), form, p.backToSignIn())
	d.Lead = "as " + p.Username
	if p.App != "" {
		d.Lead += ", to continue to " + p.App
	}
	return d
}

// firstOrder are the factors that a person can choose first, in the order in which
// they are offered: those that are easiest and hardest to steal come first.
var firstOrder = []string{signin.WebAuthn, user.ByPassword, signin.EmailOTP, signin.SMSOTP}

var firstLabels = map[string]string{
	signin.WebAuthn: "Passkey",
	user.ByPassword: "Password",
	signin.EmailOTP: "A code by e-mail",
	signin.SMSOTP:   "A code by text message",
}

// anotherWay is the button of a page for one first factor that leads back to the
// choice.
func (f Frame) anotherWay(username string) page.Block {
	return f.form("", "/login", hidden(fieldUsername, username, fieldChoose, "1"), page.Button{Label: "Sign in another way"})
}

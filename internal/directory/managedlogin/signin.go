package managedlogin

import (
	"gatehouse/internal/base/page"
	"gatehouse/internal/directory/user"
)

// SignIn is the page that asks for user name and password, or for the name alone.
type SignIn struct {
	Frame
	NameFirst  bool   // ask for the name alone: the person then chooses how to go on
	Another    bool   // offer to choose another way than the password
	App        string // the application's name; empty: the page does not name it
	Identifier Identifier
	Username   string // the value of the field; may be empty
	Session    string // of a sign-in that goes on with the password; empty: none has begun
	Forgot     bool   // offer to reset the password
	SignUp     bool   // offer to sign up
	Problem    string
	Notice     string
}

// Doc returns the page.
func (p SignIn) Doc() page.Doc {
	d := p.doc("Sign in", notice(p.Notice), problem(p.Problem), p.credentials())
	if p.Another {
		d.Body = append(d.Body, p.anotherWay(p.Username), p.backToSignIn())
	}
	if p.App != "" {
		d.Lead = "to continue to " + p.App
	}
	if p.SignUp {
		d.Body = append(d.Body, page.Ask{Question: "No account yet?", Link: page.Link{Label: "Sign up", Href: p.href("/signup")}})
	}
	return d
}

// credentials returns the form, with the names and ids of Cognito's classic
// page.
func (p SignIn) credentials() page.Block {
	name := p.Identifier.field("signInFormUsername")
	name.Value, name.Autofocus, name.Alert = p.Username, p.Username == "" || p.NameFirst, alertIf(p.Problem != "")
	if p.NameFirst {
		return p.form("cognitoSignInForm", "/login", nil, name, page.Button{Label: "Next", Kind: page.Primary})
	}
	password := page.Field{
		Name: fieldPassword, ID: "signInFormPassword", Label: "Password", Type: "password",
		Autocomplete: "current-password", MaxLength: 256, Autofocus: p.Username != "", Alert: alertIf(p.Problem != ""),
	}
	carried := []page.Hidden{{Name: fieldDevice}}
	if p.Another {
		carried = append(carried, page.Hidden{Name: fieldChoose, Value: "1"})
	}
	if p.Session != "" {
		carried = append(carried, hidden(fieldStep, user.ByPassword, fieldSession, p.Session)...)
	}
	form := p.form("cognitoSignInForm", "/login", carried, name, password)
	if p.Forgot {
		form.Body = append(form.Body, page.Link{Label: "Forgot your password?", Href: p.href("/forgotPassword")})
	}
	form.Body = append(form.Body, page.Button{Label: "Sign in", Name: "signInSubmitButton", Value: "Sign in", Kind: page.Primary})
	return form
}

// SignedIn is the page that asks a person who is signed in already whether to
// go on with that account. It is shown if the application asks for the choice
// (prompt=select_account), for an address that was opened by hand, and if the person
// must prove more to go on.
type SignedIn struct {
	Frame
	App   string // the application's name; empty: the page does not name it
	User  string // the name that the person signs in with
	Sub   string // the form carries it, so that it can't continue as anybody else
	Lacks bool   // another proof follows
}

// Doc returns the page.
func (p SignedIn) Doc() page.Doc {
	title := "Choose an account"
	if p.Lacks {
		title = "Confirm that it is you"
	}
	d := p.doc(title,
		p.form("", "/login", nil, page.Button{Label: "Continue as " + p.User, Name: fieldContinue, Value: p.Sub, Kind: page.Primary}),
		page.LinkButton{Label: "Use another account", Href: p.anotherAccount()},
	)
	switch {
	case p.Lacks:
		d.Lead = "You are signed in. " + p.app() + " asks for another proof of who you are."
	case p.App != "":
		d.Lead = "to continue to " + p.App
	}
	return d
}

func (p SignedIn) app() string {
	if p.App == "" {
		return "The application"
	}
	return p.App
}

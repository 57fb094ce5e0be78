package managedlogin

import "gatehouse/internal/page"

// FactorCode is the page for a second factor's code, or for a code in place of
// a password.
type FactorCode struct {
	Frame
	User        string
	Session     string
	Step        string // the challenge that the code answers
	App         bool   // the code comes from an authenticator app
	Destination string // where it was sent otherwise, masked
	Problem     string
}

// Doc returns the page.
func (p FactorCode) Doc() page.Doc {
	d := p.doc("Enter your code", problem(p.Problem),
		p.form("", "", hidden("step", p.Step, fieldSession, p.Session, fieldUsername, p.User),
			codeField(p.Problem), page.Button{Label: "Sign in", Kind: page.Primary}),
		page.Link{Label: "Back to signing in", Href: p.href("/login")},
	)
	d.Lead = "Enter the code that we sent " + to(p.Destination) + "."
	if p.App {
		d.Lead = "Enter the code that your authenticator app shows."
	}
	return d
}

// ChooseFactor is the page that offers several ways to go on.
type ChooseFactor struct {
	Frame
	User    string
	Session string
	Step    string // the challenge that the choice answers
	Options []page.Option
	Problem string
}

// Doc returns the page.
func (p ChooseFactor) Doc() page.Doc {
	d := p.doc("Choose how to continue", problem(p.Problem),
		p.form("", "", hidden("step", p.Step, fieldSession, p.Session, fieldUsername, p.User),
			page.Choice{Name: "answer", Legend: "Prove that it is you with", Options: p.Options},
			page.Button{Label: "Continue", Kind: page.Primary}),
		page.Link{Label: "Back to signing in", Href: p.href("/login")},
	)
	return d
}

// SetUpApp is the page that pairs an authenticator app.
type SetUpApp struct {
	Frame
	User    string
	Session string
	Secret  string // base32, as the app wants it
	Problem string
}

// Doc returns the page.
func (p SetUpApp) Doc() page.Doc {
	d := p.doc("Set up an authenticator app", problem(p.Problem),
		page.Steps{
			"Open an authenticator app on your phone and add an account.",
			"Choose to type a key, and type the key below.",
			"Enter the code that the app shows then.",
		},
		page.Code{Label: "Key", Text: spaced(p.Secret)},
		p.form("", "", hidden("step", "MFA_SETUP", fieldSession, p.Session, fieldUsername, p.User),
			codeField(p.Problem),
			page.Field{Name: "deviceName", Label: "Name of the device", Optional: true, MaxLength: 131},
			page.Button{Label: "Continue", Kind: page.Primary}),
		page.Link{Label: "Back to signing in", Href: p.href("/login")},
	)
	d.Lead = "This account needs a second proof, beside the password."
	return d
}

// spaced writes a key in groups of four, which people copy more surely; apps
// take no notice of spaces.
func spaced(key string) string {
	var b []byte
	for i := range len(key) {
		if i > 0 && i%4 == 0 {
			b = append(b, ' ')
		}
		b = append(b, key[i])
	}
	return string(b)
}

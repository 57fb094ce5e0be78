package managedlogin

import (
	"slices"

	"gatehouse/internal/base/page"
	"gatehouse/internal/directory/signin"
)

// EnterCode is the page for the code of a factor.
type EnterCode struct {
	Frame
	Factor  string // SMS_MFA, SMS_OTP, EMAIL_OTP or SOFTWARE_TOKEN_MFA
	Another bool   // it is the first factor, and there are others
	Recover bool   // a recovery code can be used instead
	From    string // where the code comes from: the masked address, or the name of the app; may be empty
	User    string
	Session string
	Problem string
	Notice  string
}

// Doc returns the page.
func (p EnterCode) Doc() page.Doc {
	carried := hidden(fieldStep, p.Factor, fieldSession, p.Session, fieldUsername, p.User, fieldSentTo, p.From)
	if p.Another {
		carried = append(carried, page.Hidden{Name: fieldChoose, Value: "1"})
	}
	other := carried
	if p.Recover {
		carried = append(slices.Clip(carried), page.Hidden{Name: fieldRecover, Value: recoverLater})
	}
	d := p.doc("Enter your code", notice(p.Notice), problem(p.Problem),
		p.form("", "/login", carried, codeField("", p.Problem != ""), page.Button{Label: "Sign in", Kind: page.Primary}),
	)
	if p.Factor == signin.SoftwareTokenMFA {
		d.Lead = "Enter the code that " + p.app() + " shows now."
	} else {
		d.Lead = "Enter the code that we sent " + to(p.From) + "."
		again := append(slices.Clip(carried), page.Hidden{Name: fieldAgain, Value: "1"})
		d.Body = append(d.Body, p.form("", "/login", again, page.Button{Label: "Send another code"}))
	}
	if p.Another {
		d.Body = append(d.Body, p.anotherWay(p.User))
	}
	if p.Recover {
		d.Body = append(d.Body, p.form("", "/login", append(slices.Clip(other), page.Hidden{Name: fieldRecover, Value: recoverNow}), page.Button{Label: "Use a recovery code"}))
	}
	d.Body = append(d.Body, p.backToSignIn())
	return d
}

func (p EnterCode) app() string {
	if p.From == "" {
		return "your authenticator app"
	}
	return "your authenticator app “" + p.From + "”"
}

// ChooseFactor is the page at which a person chooses a second factor: for this
// sign-in, or to set one up.
type ChooseFactor struct {
	Frame
	SetUp   bool
	Factors []string
	Account string // the name that the person signs in with; for SetUp
	User    string
	Session string
	Problem string
}

// Doc returns the page.
func (p ChooseFactor) Doc() page.Doc {
	title, lead, step := "Choose how to go on", "Your password is right. Which second proof of who you are do you want to give?", signin.SelectMFAType
	if p.SetUp {
		title, lead, step = "Set up a second proof", "This application asks for a second proof of who you are, besides your password. Choose which one you want to use from now on.", signin.MFASetup
	}
	form := p.form("", "/login", hidden(fieldStep, step, fieldSession, p.Session, fieldUsername, p.User, fieldAccount, p.Account))
	for _, f := range p.Factors {
		form.Body = append(form.Body, page.Button{Label: factorLabels[f], Name: fieldAnswer, Value: f})
	}
	d := p.doc(title, problem(p.Problem), form, p.backToSignIn())
	d.Lead = lead
	return d
}

var factorLabels = map[string]string{
	signin.SMSMFA:           "A code by text message",
	signin.EmailOTP:         "A code by e-mail",
	signin.SoftwareTokenMFA: "A code from an authenticator app",
}

// SetUpApp is the page at which a person connects an authenticator app.
type SetUpApp struct {
	Frame
	Secret  string
	Account string // the name under which the app lists the account
	App     string // what the person calls the app; may be empty
	User    string
	Session string
	Problem string
}

// Doc returns the page.
func (p SetUpApp) Doc() page.Doc {
	code := codeField("", p.Problem != "")
	code.Autofocus = p.Problem != "" // at first the picture must stay in sight, which a keyboard on the screen may hide
	form := p.form("", "/login", hidden(fieldStep, stepSetUpApp, fieldSession, p.Session, fieldUsername, p.User, fieldSecret, p.Secret, fieldAccount, p.Account),
		code,
		page.Field{Name: fieldApp, Label: "A name for the app", Hint: "So that you recognise it later, such as “my phone”.", MaxLength: 64, Optional: true, Value: p.App},
		page.Button{Label: "Connect the app", Kind: page.Primary},
	)
	d := p.doc("Connect an authenticator app", problem(p.Problem),
		page.QR{Address: otpauth(p.Brand, p.Account, p.Secret), Label: "QR code for your authenticator app", Link: "Open an app on this device"},
		page.Details{Summary: "Type the key instead", Body: page.Blocks{page.Code{Label: "Secret key", Text: grouped(p.Secret)}}},
		form, p.backToSignIn(),
	)
	d.Lead = "Scan the picture with an authenticator app on your phone. Then enter the code that the app shows."
	return d
}

// SetUpAddress is the page at which a person says where codes go from now on.
type SetUpAddress struct {
	Frame
	Factor  string // SMS_MFA or EMAIL_OTP
	Address string // the value of the field; may be empty
	User    string
	Session string
	Problem string
}

// Doc returns the page.
func (p SetUpAddress) Doc() page.Doc {
	field := standardFields[contacts[p.Factor]]
	field.Name, field.Value, field.Autofocus, field.MaxLength, field.Alert = fieldAddress, p.Address, true, 2048, alertIf(p.Problem != "")
	form := p.form("", "/login", hidden(fieldStep, stepSetUpAddress, fieldAnswer, p.Factor, fieldSession, p.Session, fieldUsername, p.User),
		field, page.Button{Label: "Send a code", Kind: page.Primary},
	)
	d := p.doc("Where do we send your codes?", problem(p.Problem), form, p.backToSignIn())
	d.Lead = "We send a code there now, and each time you sign in."
	return d
}

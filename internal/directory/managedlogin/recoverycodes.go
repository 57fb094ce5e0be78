package managedlogin

import (
	"fmt"
	"strings"

	"gatehouse/internal/base/page"
)

// EnterRecovery is the page for a recovery code in the place of a second factor.
type EnterRecovery struct {
	Frame
	Factor  string // as in EnterCode
	From    string
	User    string
	Session string
	Problem string
}

// Doc returns the page.
func (p EnterRecovery) Doc() page.Doc {
	carried := hidden(fieldStep, p.Factor, fieldSession, p.Session, fieldUsername, p.User, fieldSentTo, p.From, fieldRecover, recoverNow)
	d := p.doc("Use a recovery code", problem(p.Problem),
		p.form("", "/login", carried, page.Field{
			Name: fieldCode, Label: "Recovery code", MaxLength: 64, Code: true, Autocomplete: "off", Autofocus: true, Alert: alertIf(p.Problem != ""),
		}, page.Button{Label: "Sign in", Kind: page.Primary}),
		p.backToSignIn(),
	)
	d.Lead = "Enter one of the codes that you kept when you set up your second proof. Each works once."
	return d
}

// RecoveryCodes is the page at which a person who is signed in gets recovery codes, and
// sees how many are left.
type RecoveryCodes struct {
	Frame
	Codes     []string // new ones, which are shown this once; nil: none were made
	Left      int
	Used      bool // one was used just now
	SigningIn bool // the person goes on to the application
}

// Doc returns the page.
func (p RecoveryCodes) Doc() page.Doc {
	if len(p.Codes) > 0 {
		return p.newCodes()
	}
	title := "Recovery codes"
	if p.Used {
		title = "You used a recovery code"
	}
	goOn := page.Button{Label: "Go on", Name: fieldSkip, Value: passkeySkipped}
	again := page.Button{Label: "Make new codes", Name: fieldAgain, Value: "1"}
	first, second := &again, &goOn
	if p.Used && p.Left > 0 { // the person wants to go on, and need not make new ones
		first, second = second, first
	}
	first.Kind = page.Primary
	d := p.doc(title, p.form("", recoveryPath, p.carried(), *first, *second), page.Muted("With new codes, those that are left stop working."))
	d.Lead = leftWords(p.Left)
	return d
}

func (p RecoveryCodes) newCodes() page.Doc {
	d := p.doc("Your recovery codes",
		page.Code{Label: "Recovery codes", Text: strings.Join(p.Codes, "\n")},
		page.Text("Print this page, or copy the codes to a safe place that is not your phone. They are not shown again."),
		p.form("", recoveryPath, p.carried(), page.Button{Label: "I have kept them", Name: fieldSkip, Value: passkeyAdded, Kind: page.Primary}),
	)
	d.Lead = "Should you lose your phone, one of these codes signs you in beside your password. Each works once."
	return d
}

func leftWords(left int) string {
	switch left {
	case 0:
		return "You have no recovery codes left."
	case 1:
		return "You have one recovery code left."
	}
	return fmt.Sprintf("You have %d recovery codes left.", left)
}

// carried says whether the person goes on to the application.
func (p RecoveryCodes) carried() []page.Hidden {
	if p.SigningIn {
		return hidden(fieldContinue, "1")
	}
	return nil
}

package managedlogin

import (
	"net/url"

	"gatehouse/internal/base/page"
)

// The names of the fields that every form has. Programs that sign in without a
// browser rely on the names that Cognito's classic page uses for them.
const (
	fieldCSRF     = "_csrf"
	fieldUsername = "username"
	fieldPassword = "password"
	fieldRepeat   = "confirmPassword"
	fieldCode     = "code"
	fieldSession  = "session"
	fieldDevice   = "cognitoAsfData"
	fieldSentTo   = "destination"
	fieldContinue = "continue"
	fieldStep     = "step"
)

// stepNewPassword marks the answer to the page that asks for a new password.
const stepNewPassword = "NEW_PASSWORD_REQUIRED"

// problemID is the id of the alert above a form.
const problemID = "problem"

// Frame is what every page knows of the request it answers.
type Frame struct {
	Brand string // the name above the card; empty: the product's
	Lang  string // empty: "en"
	Base  string // the path before every page's own; empty for a domain
	Query string // the authorization request, as it came; kept by every link
	CSRF  string // the token that every form sends back
}

// href is the address of another page for the same authorization request.
func (f Frame) href(path string) string {
	if f.Query == "" {
		return f.Base + path
	}
	return f.Base + path + "?" + f.Query
}

// anotherAccount returns the address of the sign-in page for the same request
// that asks for a password although somebody is signed in.
func (f Frame) anotherAccount() string {
	q, err := url.ParseQuery(f.Query)
	if err != nil {
		return f.href("/login")
	}
	q.Set("prompt", "login")
	return f.Base + "/login?" + q.Encode()
}

// doc starts a page. The answer to its form may lead to the application, so
// the page leaves.
func (f Frame) doc(title string, body ...page.Block) page.Doc {
	return page.Doc{Title: title, Lang: f.Lang, Brand: f.Brand, Leaves: true, Body: body}
}

// form is a form that posts to the page at path.
func (f Frame) form(name, path string, hidden []page.Hidden, body ...page.Block) page.Form {
	return page.Form{
		Name: name, Action: f.href(path), Body: body,
		Hidden: append([]page.Hidden{{Name: fieldCSRF, Value: f.CSRF}}, hidden...),
	}
}

// problem is the alert that says what was wrong with the last try.
func problem(text string) page.Block {
	if text == "" {
		return nil
	}
	return page.Alert{Kind: page.Danger, ID: problemID, Text: text}
}

// notice is the alert that says what has happened.
func notice(text string) page.Block {
	if text == "" {
		return nil
	}
	return page.Alert{Kind: page.Success, Text: text}
}

// about ties a field to the alert, when there is one.
func about(text string) string {
	if text == "" {
		return ""
	}
	return problemID
}

// hidden carries the values that are there.
func hidden(pairs ...string) []page.Hidden {
	var all []page.Hidden
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			all = append(all, page.Hidden{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	return all
}

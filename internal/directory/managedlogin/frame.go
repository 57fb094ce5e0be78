package managedlogin

import (
	"net/url"

	"gatehouse/internal/base/page"
)

// problemID is the id of the alert above a form.
const problemID = "problem"

// Frame is what every page knows of the request it answers.
type Frame struct {
	Brand string // the name above the card; empty: the product's
	Lang  string // empty: "en"
	Base  string // the path before every page's own; empty for a domain
	Query string // the authorization request, as it came; every link keeps it
	CSRF  string // the token that every form sends back
	// Warning says why the person sees this page and not the next one, such as
	// that the form was out of date. It stands above everything else. Empty: no
	// warning.
	Warning string
	// Unvouched is set if anybody may have registered the application. Every page says so.
	Unvouched *Unvouched
}

// Unvouched is an application that registered itself without a token of the pool.
type Unvouched struct {
	App   string // as it calls itself
	Leads string // where it gets what it is told: a host, or the scheme of a native app
}

func (u *Unvouched) notice() page.Block {
	return page.Alert{Kind: page.Warning, Text: "“" + u.App + "” registered itself, and nobody has checked whose application it is. If you sign in, " + u.Leads + " learns who you are. Go on only if you came from there."}
}

// href returns the address of another page for the same authorization request.
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

// doc makes a page of the blocks, below the warning if there is one. The
// answer to its form may redirect to the application, which Leaves allows.
func (f Frame) doc(title string, body ...page.Block) page.Doc {
	if f.Unvouched != nil {
		body = append([]page.Block{f.Unvouched.notice()}, body...)
	}
	if f.Warning != "" {
		body = append([]page.Block{page.Alert{Kind: page.Warning, Text: f.Warning}}, body...)
	}
	return page.Doc{Title: title, Lang: f.Lang, Brand: f.Brand, Leaves: true, Body: body}
}

// form returns a form that posts to the page at path.
func (f Frame) form(name, path string, hidden []page.Hidden, body ...page.Block) page.Form {
	return page.Form{
		Name: name, Action: f.href(path), Body: body,
		Hidden: append([]page.Hidden{{Name: fieldCSRF, Value: f.CSRF}}, hidden...),
	}
}

// backToSignIn is the link that leads from any page to the sign-in page.
func (f Frame) backToSignIn() page.Block {
	return page.Link{Label: "Back to signing in", Href: f.href("/login")}
}

// problem returns the alert that says why the last attempt failed; nil if text
// is empty.
func problem(text string) page.Block {
	if text == "" {
		return nil
	}
	return page.Alert{Kind: page.Danger, ID: problemID, Text: text}
}

// notice returns the alert that says what was done; nil if text is empty.
func notice(text string) page.Block {
	if text == "" {
		return nil
	}
	return page.Alert{Kind: page.Success, Text: text}
}

// alertIf returns the id of the alert above the form for a field that the alert
// is about, else "".
func alertIf(isAbout bool) string {
	if isAbout {
		return problemID
	}
	return ""
}

// hidden returns the hidden inputs for pairs of name and value, leaving out
// empty values.
func hidden(pairs ...string) []page.Hidden {
	var all []page.Hidden
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			all = append(all, page.Hidden{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	return all
}

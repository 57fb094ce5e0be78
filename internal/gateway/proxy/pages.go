package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/relyingparty"
)

// confirmSignOut asks the person before a link signs them out that anybody could
// have made.
type confirmSignOut struct{ who, csrf string }

func (p confirmSignOut) doc() page.Doc {
	return page.Doc{
		Title: "Sign out", Heading: "Sign out?", Lead: "You are signed in as " + p.who + ".", Leaves: true,
		Body: page.Blocks{page.Form{
			Action: pathSignOut, Hidden: []page.Hidden{{Name: csrfField, Value: p.csrf}},
			Body: page.Blocks{page.Button{Label: "Sign out"}},
		}},
	}
}

func signedOutDoc() page.Doc {
	return page.Doc{
		Title: "You are signed out",
		Body:  page.Blocks{page.Text("You can close this window, or open an application again to sign in.")},
	}
}

// goOnDoc leads on to a page; the header Refresh does it at once.
func goOnDoc(to string) page.Doc {
	return page.Doc{
		Title: "You are signed in",
		Body:  page.Blocks{page.LinkButton{Label: "Open the page", Href: to, Kind: page.Primary}},
	}
}

// notSignedInDoc answers who wants to sign out and has no session here. It does
// not say that they are signed out: an application may still know them.
func notSignedInDoc() page.Doc {
	return page.Doc{
		Title: "You are not signed in here",
		Body:  page.Blocks{page.Text("If an application still knows you, sign out at the application: open its address with " + pathSignOut + " at the end.")},
	}
}

// identityPage shows what the gateway knows about a person.
type identityPage struct {
	*session.Session        // nil: nobody is signed in
	application      string // path of the application at this host; "": the host has none
}

func (p identityPage) doc() page.Doc {
	if p.Session == nil {
		return p.nobody()
	}
	id := p.Identity
	who := page.KeyValues{Rows: []page.KeyValue{
		{Key: "E-mail", Value: id.ShownEmail()}, {Key: "Name", Value: id.Name}, {Key: "User", Value: id.UserID, Code: true},
		{Key: "Groups", Value: strings.Join(id.Groups, ", ")}, {Key: "Signed in", Value: timeText(p.Issued)}, {Key: "Ends", Value: timeText(p.Expires)},
		{Key: "Session", Value: string(p.ID), Code: true},
	}}
	who.Rows = slices.DeleteFunc(who.Rows, func(kv page.KeyValue) bool { return kv.Value == "" })
	claims := page.KeyValues{}
	for _, name := range sortedKeys(id.Claims) {
		claims.Rows = append(claims.Rows, page.KeyValue{Key: name, Value: joined(id.Claims[name]), Code: true})
	}
	return page.Doc{
		Title: "Your identity", Lead: "You are signed in as " + shownAs(p.Session) + ".", Layout: page.Wide,
		Account: &page.Account{Name: shownAs(p.Session), SignOut: pathSignOut},
		Body:    page.Blocks{who, page.Section{Heading: "Claims", Lead: "What your identity provider says about you.", Body: page.Blocks{claims}}},
	}
}

func (p identityPage) nobody() page.Doc {
	d := page.Doc{Title: "Your identity", Lead: "You are not signed in here."}
	if p.application == "" {
		d.Body = page.Blocks{page.Text("Open an application to sign in.")}
	} else {
		d.Body = page.Blocks{page.LinkButton{Label: "Open the application", Href: p.application}}
	}
	return d
}

func timeText(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Gallery shows every page of the gateway's own, in every state.
func Gallery() []page.Sample {
	at := time.Date(2026, 3, 4, 9, 12, 0, 0, time.UTC)
	alice := &session.Session{
		ID: "6rX0kq3m1yT9", Issued: at, Expires: at.Add(14 * time.Hour),
		Identity: identity.Identity{UserID: "4d9f2c66-6c1f-4a0e-9a35-5b1f6a0f7a10", Email: "alice@example.com", Name: "Alice", Claims: map[string][]any{"cognito:groups": {"admins", "staff"}, "email_verified": {true}}},
	}
	const id = "5f0c9f3a-7c9e-4d55-a4a3-1d0b5e6a2c11"
	samples := []page.Sample{
		{Name: "identity", Doc: identityPage{Session: alice}.doc()},
		{Name: "identity-nobody", Doc: identityPage{}.doc()},
		{Name: "identity-nobody-at-application", Doc: identityPage{application: "/"}.doc()},
		{Name: "sign-out", Doc: confirmSignOut{who: "alice@example.com", csrf: "k2x0"}.doc()},
		{Name: "signed-in", Doc: goOnDoc("https://wiki.corp.example.com/reports/7")},
		{Name: "signed-out", Doc: signedOutDoc()},
		{Name: "sign-out-nobody", Doc: notSignedInDoc()},
		{Name: "denied", Status: 403, Doc: page.Denied{Host: "wiki.corp.example.com/x", Who: "alice@example.com", Why: []string{"cognito:groups must contain admins; yours has staff"}, AnotherAccount: pomeriumPages("/x").AnotherAccount, Details: pathIdentity, RequestID: id}.Doc()},
	}
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/reports/7"}}
	for _, f := range failures {
		a := answerOf(f.err)
		a.retry = retryOf(r, f.err)
		samples = append(samples, page.Sample{Name: "failure-" + f.err.Code, Status: a.status, Doc: a.doc(id)})
	}
	interrupted := &authenticate.Retry{Err: relyingparty.ErrState, URL: "https://wiki.corp.example.com/reports/7"}
	a := answerOf(interrupted)
	a.retry = retryOf(r, interrupted)
	return append(samples, page.Sample{Name: "sign-in-interrupted", Status: a.status, Doc: a.doc(id)})
}

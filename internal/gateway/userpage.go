package gateway

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/page"
	"gatehouse/internal/session"
	"gatehouse/internal/web"
)

// userPage shows a person what the gateway knows about them: the names and
// values that policies can ask for.
func (c *compiled) userPage(w http.ResponseWriter, r *http.Request) error {
	s, err := c.sessionOf(r, web.Host(r))
	if err != nil {
		return err
	}
	if s == nil {
		return c.page(w, http.StatusOK, page.Doc{
			Title: "Your identity", Lead: "You are not signed in here.",
			Body: page.Blocks{page.Text("Open an application to sign in.")},
		})
	}
	return c.page(w, http.StatusOK, userDoc(s))
}

func userDoc(s *session.Session) page.Doc {
	who := page.KeyValues{Rows: []page.KeyValue{
		{Key: "E-mail", Value: s.Identity.Email}, {Key: "Name", Value: s.Identity.Name}, {Key: "User", Value: s.Identity.UserID, Code: true},
		{Key: "Groups", Value: strings.Join(s.Identity.Groups, ", ")}, {Key: "Signed in", Value: timeText(s.Issued)}, {Key: "Until", Value: timeText(s.Expires)},
		{Key: "Session", Value: string(s.ID), Code: true},
	}}
	who.Rows = slices.DeleteFunc(who.Rows, func(kv page.KeyValue) bool { return kv.Value == "" })
	claims := page.KeyValues{}
	for _, name := range sortedKeys(s.Identity.Claims) {
		claims.Rows = append(claims.Rows, page.KeyValue{Key: name, Value: joined(s.Identity.Claims[name]), Code: true})
	}
	return page.Doc{
		Title: "Your identity", Lead: "You are signed in as " + shownAs(s) + ".", Layout: page.Wide,
		Account: &page.Account{Name: shownAs(s), SignOut: pathSignOut},
		Body:    page.Blocks{who, page.Section{Heading: "Claims", Lead: "What your identity provider says about you.", Body: page.Blocks{claims}}},
	}
}

// shownAs is what a person knows themself by.
func shownAs(s *session.Session) string {
	for _, name := range []string{s.Identity.Email, s.Identity.Name, s.Identity.UserID} {
		if name != "" {
			return name
		}
	}
	return "somebody without a name"
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

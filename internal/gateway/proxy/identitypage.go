package proxy

import (
	"slices"
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/session"
)

// identityPage shows what the gateway knows about a person. At the authenticate host
// it also shows where they are signed in. No application has that host's pages in
// its reach: scripts at a route's host could read the page, and send its forms.
type identityPage struct {
	frame
	*session.Session // nil: nobody is signed in

	application string             // path of the application at this host; "": the host has none
	manage      string             // where the person's sessions are; "": here, or nowhere
	sessions    []*session.Session // where the person is signed in; nil: not shown here
	unlisted    bool               // they can't be read now
	withDevices bool               // devices are asked for, and shown here
	devices     []*device.Device   // that the person has enrolled
}

func (p identityPage) doc() page.Doc {
	d := p.frame.doc("Your identity")
	if p.Session == nil {
		if p.application != "" {
			d.Body = append(d.Body, page.LinkButton{Label: "Open the application", Href: p.application})
		}
		return d
	}
	id := p.Identity
	who := page.KeyValues{Rows: []page.KeyValue{
		{Key: "E-mail", Value: id.ShownEmail()}, {Key: "Name", Value: id.Name}, {Key: "User", Value: id.UserID, Code: true},
		{Key: "Groups", Value: strings.Join(id.Groups, ", ")}, {Key: "Signed in", Value: timeText(p.Issued)}, {Key: "Ends", Value: timeText(p.Expires)},
		{Key: "Session", Value: string(p.ID), Code: true},
	}}
	who.Rows = slices.DeleteFunc(who.Rows, func(kv page.KeyValue) bool { return kv.Value == "" })
	claims := page.KeyValues{}
	for name, values := range id.Claims.All() {
		claims.Rows = append(claims.Rows, page.KeyValue{Key: name, Value: joined(values.List()), Code: true})
	}
	d.Body = append(d.Body, who, p.elsewhere(), p.enrolled(), page.Section{Heading: "Claims", Lead: "What your identity provider says about you.", Body: page.Blocks{claims}})
	return d
}

// elsewhere shows where the person is signed in, or the way to that.
func (p identityPage) elsewhere() page.Block {
	section := page.Section{ID: "sessions", Heading: "Where you are signed in"}
	switch {
	case p.manage != "":
		section.Body = page.Blocks{page.LinkButton{Label: "Show all, and sign out everywhere", Href: p.manage}}
	case p.unlisted:
		section.Body = page.Blocks{page.Alert{Kind: page.Warning, Text: "This can't be shown at the moment. Open the page again in a minute."}}
	case p.sessions == nil:
		return nil
	default:
		section.Lead = "Sign out what you do not know or do not use any more. It ends at all applications."
		section.Body = page.Blocks{p.table(), p.form("Sign out everywhere", everySession, page.Danger)}
	}
	return section
}

func (p identityPage) table() page.Table {
	t := page.Table{Caption: "Where you are signed in", Head: []string{"Device", "Address", "Signed in", ""}}
	for _, s := range p.sessions {
		last := page.Cell{Text: "this one", Badge: page.Success}
		if s.ID != p.ID {
			last = page.Cell{Block: p.form("Sign out", string(s.ID), page.Plain)}
		}
		t.Rows = append(t.Rows, []page.Cell{
			{Text: knownOr(s.Client.Device)}, {Text: knownOr(s.Client.Address)}, {Text: timeText(s.Issued)}, last,
		})
	}
	return t
}

func knownOr(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

// form is a button that ends sessions.
func (p identityPage) form(label, which string, kind page.Kind) page.Form {
	return page.Form{
		Action: pathSessions, Inline: true,
		Hidden: []page.Hidden{{Name: csrfField, Value: p.csrf}, {Name: fieldSession, Value: which}},
		Body:   page.Blocks{page.Button{Label: label, Kind: kind}},
	}
}

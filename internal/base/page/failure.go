package page

// Error is the page that says that something did not work.
type Error struct {
	Title     string // what happened, in a few words
	Text      string // what happened, in a sentence; may be empty
	Advice    string // what the person can do; may be empty
	Retry     *Link  // the way on; nil: none
	RequestID string // to tell the people who run this; may be empty
	Brand     string // empty: Product
	Lang      string // empty: "en"
}

// Doc returns the page.
func (e Error) Doc() Doc {
	d := Doc{Title: e.Title, Lead: e.Text, Lang: e.Lang, Brand: e.Brand}
	if e.Advice != "" {
		d.Body = append(d.Body, Text(e.Advice))
	}
	if e.Retry != nil {
		d.Body = append(d.Body, LinkButton{Label: e.Retry.Label, Href: e.Retry.Href, Kind: Primary})
	}
	d.Body = append(d.Body, requestID(e.RequestID))
	return d
}

// Denied is the page for a person who is known and may not go on.
type Denied struct {
	Host      string   // what was asked for
	Who       string   // the signed-in person; empty: nobody is
	Why       []string // the reasons, in words; may be empty
	Advice    string   // empty: to ask whoever runs the application
	SignOut   string   // where to sign out, so that another account can be used; empty: no link
	Details   string   // the address of a page that shows the identity; empty: none
	RequestID string
	Brand     string
	Lang      string
}

// Doc returns the page.
func (p Denied) Doc() Doc {
	d := Doc{Title: "You don’t have access", Lang: p.Lang, Brand: p.Brand}
	d.Lead = "You are not signed in to an account that may open this page."
	if p.Who != "" {
		d.Lead = "You are signed in as " + p.Who + ", and this account may not open this page."
	}
	if p.Host != "" {
		d.Body = append(d.Body, KeyValues{Rows: []KeyValue{{Key: "Asked for", Value: p.Host, Code: true}}})
	}
	if len(p.Why) > 0 {
		d.Body = append(d.Body, Section{Heading: "Why", Body: Blocks{List(p.Why)}})
	}
	if p.Advice == "" {
		p.Advice = "If you think that you should have access, ask the people who run this application."
	}
	d.Body = append(d.Body, Text(p.Advice))
	d.Body = append(d.Body, p.ways(), requestID(p.RequestID))
	return d
}

// ways are the links that lead on from a refusal.
func (p Denied) ways() Block {
	var b Buttons
	if p.SignOut != "" {
		b = append(b, LinkButton{Label: "Use another account", Href: p.SignOut, Kind: Primary})
	}
	if p.Details != "" {
		b = append(b, LinkButton{Label: "Your identity", Href: p.Details})
	}
	if b == nil {
		return nil
	}
	return b
}

// requestID is the line by which an event is found in the log.
func requestID(id string) Block {
	if id == "" {
		return nil
	}
	return KeyValues{Rows: []KeyValue{{Key: "Request", Value: id, Code: true}}}
}

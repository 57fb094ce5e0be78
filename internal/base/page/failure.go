package page

import (
	"slices"
	"strings"
)

// Error is the page that says that something did not work. A page whose Advice
// is to try again needs Retry.
type Error struct {
	Title     string     // what happened, in a few words
	Text      string     // what happened, in a sentence; may be empty
	Advice    string     // what the person can do; may be empty
	Retry     *Link      // the button that leads on; nil: none
	Facts     []KeyValue // for the people who are asked for help; may be empty
	RequestID string     // by which they find the request in the log; may be empty
	Brand     string     // empty: Product
	Lang      string     // empty: "en"
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
	d.Body = append(d.Body, requestID(e.RequestID, e.Facts...))
	return d
}

// Denied is the page for a person who may not open what they asked for.
type Denied struct {
	Host   string   // the host, or host and path, that was asked for; may be empty
	Who    string   // the signed-in person; empty: nobody is signed in
	Why    []string // the reasons, in words; may be empty
	Names  []string // the reasons, as logs name them; may be empty
	Said   []string // paragraphs that the people who run the application wrote for this person; may be empty
	Advice string   // empty: to ask the people who run the application
	// AnotherAccount is where "Use another account" leads; empty: no button.
	AnotherAccount string
	Details        string // where "Your identity" leads; empty: no button
	Applications   string // where "Your applications" leads; empty: no button
	RequestID      string // by which they find the rule in the log; may be empty
	Brand          string
	Lang           string
}

// Doc returns the page.
func (p Denied) Doc() Doc {
	d := Doc{Title: "You don’t have access", Lang: p.Lang, Brand: p.Brand}
	d.Lead = "You are not signed in, and this page is not open to everybody."
	if p.Who != "" {
		d.Lead = "You are signed in as " + p.Who + ", and this account may not open this page."
	}
	if p.Host != "" {
		d.Body = append(d.Body, KeyValues{Rows: []KeyValue{{Key: "Asked for", Value: p.Host, Code: true}}})
	}
	if len(p.Why) > 0 {
		d.Body = append(d.Body, Section{Heading: "Why", Body: Blocks{List(p.Why)}})
	}
	if len(p.Said) > 0 {
		d.Body = append(d.Body, Section{Heading: "From the people who run this application", Body: paragraphs(p.Said)})
	}
	if p.Advice == "" {
		p.Advice = "If you think that you should have access, ask the people who run this application."
		if p.RequestID != "" {
			p.Advice += " Give them the request number. With it they find the rule in their log."
		}
	}
	d.Body = append(d.Body, Text(p.Advice))
	d.Body = append(d.Body, p.ways(), requestID(p.RequestID, p.names()...))
	return d
}

func paragraphs(texts []string) (all Blocks) {
	for _, text := range texts {
		all = append(all, Text(text))
	}
	return all
}

func (p Denied) names() []KeyValue {
	if len(p.Names) == 0 {
		return nil
	}
	return []KeyValue{{Key: "Reason", Value: strings.Join(p.Names, ", "), Code: true}}
}

// ways returns the buttons that lead on from a refusal; nil if there are none.
func (p Denied) ways() Block {
	var b Buttons
	if p.AnotherAccount != "" {
		b = append(b, LinkButton{Label: "Use another account", Href: p.AnotherAccount, Kind: Primary})
	}
	if p.Details != "" {
		b = append(b, LinkButton{Label: "Your identity", Href: p.Details})
	}
	if p.Applications != "" {
		b = append(b, LinkButton{Label: "Your applications", Href: p.Applications})
	}
	if b == nil {
		return nil
	}
	return b
}

// requestID lists facts and the id by which the request is found in the log;
// nil if there is neither.
func requestID(id string, facts ...KeyValue) Block {
	if id != "" {
		facts = append(slices.Clone(facts), KeyValue{Key: "Request", Value: id, Code: true})
	}
	if len(facts) == 0 {
		return nil
	}
	return KeyValues{Rows: facts}
}

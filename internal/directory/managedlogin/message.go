package managedlogin

import "gatehouse/internal/base/page"

// Failure is the page for a request that can't be answered and whose sender
// can't be told: the application is unknown, or its address is not registered.
type Failure struct {
	Frame
	Text      string // what is wrong; empty: not said
	Code      string // the protocol's word for it, such as "redirect_mismatch"
	RequestID string
	Retry     string // the address to try again at; empty: none
}

// Doc returns the page.
func (p Failure) Doc() page.Doc {
	e := page.Error{
		Title: "This sign-in request doesn’t work", Text: p.Text, RequestID: p.RequestID, Brand: p.Brand, Lang: p.Lang,
		Advice: "Go back to the application and start again. If that does not help, tell its makers what stands here.",
	}
	if p.Retry != "" {
		e.Retry = &page.Link{Label: "Back to signing in", Href: p.Retry}
	}
	d := e.Doc()
	if p.Code != "" {
		d.Body = append(page.Blocks{page.KeyValues{Rows: []page.KeyValue{{Key: "Error", Value: p.Code, Code: true}}}}, d.Body...)
	}
	return d
}

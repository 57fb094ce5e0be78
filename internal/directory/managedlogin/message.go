package managedlogin

import "gatehouse/internal/base/page"

// Failure is the page for a request that can't be answered and whose sender
// can't be told: the application is unknown, or its address is not registered.
type Failure struct {
	Frame
	Title     string     // what happened, in a few words
	Text      string     // what is wrong; empty: not said
	Detail    string     // the same for the people who build the application; empty: nothing more
	Code      string     // the protocol's word for it, such as "redirect_mismatch"; empty: none
	RequestID string     // empty: none
	Retry     *page.Link // the way on; nil: the application
}

// Doc returns the page.
func (p Failure) Doc() page.Doc {
	e := page.Error{Title: p.Title, Text: p.Text, RequestID: p.RequestID, Brand: p.Brand, Lang: p.Lang, Retry: p.Retry}
	if p.Retry == nil {
		e.Advice = "Open the application and start again: it brings you here when you need to sign in. If that does not help, tell the people who run the application what this page says."
	}
	if p.Code != "" {
		e.Facts = append(e.Facts, page.KeyValue{Key: "Error", Value: p.Code, Code: true})
	}
	if p.Detail != "" {
		e.Facts = append(e.Facts, page.KeyValue{Key: "Detail", Value: p.Detail})
	}
	return e.Doc()
}

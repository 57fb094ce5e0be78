package browser

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page is what a browser shows after a request. It stays as it is when the
// browser goes on, so that a test can send an old form again.
type Page struct {
	Status  int
	Header  http.Header
	Body    string
	URL     *url.URL      // after all redirects
	Request *http.Request // the last one

	browser *Browser
	t       testing.TB
}

// Location returns where the page would redirect to, nil if nowhere.
func (p *Page) Location() *url.URL {
	p.t.Helper()
	if p.Header.Get("Location") == "" {
		return nil
	}
	to, err := p.URL.Parse(p.Header.Get("Location"))
	if err != nil {
		p.t.Fatal(err)
	}
	return to
}

// Text returns the body with the entities of HTML resolved.
func (p *Page) Text() string { return html.UnescapeString(p.Body) }

// Form is a form of a page, with the values that its fields have.
type Form struct {
	Action string // absolute
	Values url.Values
}

// Forms returns the forms of the page, in order.
func (p *Page) Forms() []Form {
	p.t.Helper()
	var all []Form
	for n := range p.parse().Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" {
			continue
		}
		to, err := p.URL.Parse(attribute(n, "action"))
		if err != nil {
			p.t.Fatal(err)
		}
		all = append(all, Form{to.String(), fields(n)})
	}
	return all
}

func (p *Page) parse() *html.Node {
	p.t.Helper()
	root, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		p.t.Fatal(err)
	}
	return root
}

// fields returns the fields of a form. A button counts if it has a name.
func fields(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		name := attribute(n, "name")
		if n.Data == "input" || n.Data == "button" && name != "" {
			values.Set(name, attribute(n, "value"))
		}
	}
	return values
}

func attribute(n *html.Node, key string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}

// Submit fills in the page's first form and sends it. Fields are names and
// values by turns; each must be on the form.
func (p *Page) Submit(fields ...string) *Page {
	p.t.Helper()
	return p.SubmitForm(0, fields...)
}

// SubmitForm is Submit for the form with that number, counted from 0.
func (p *Page) SubmitForm(number int, fields ...string) *Page {
	p.t.Helper()
	forms := p.Forms()
	if len(forms) <= number {
		p.t.Fatalf("%s (status %d) has %d forms, want more than %d:\n%s", p.URL, p.Status, len(forms), number, p.shown())
	}
	f := forms[number]
	for i := 0; i+1 < len(fields); i += 2 {
		if !f.Values.Has(fields[i]) {
			p.t.Fatalf("the form at %s has no field %q: %v", p.URL, fields[i], f.Values)
		}
		f.Values.Set(fields[i], fields[i+1])
	}
	return p.browser.Post(f.Action, f.Values, "Origin", p.URL.Scheme+"://"+p.URL.Host, "Sec-Fetch-Site", "same-origin")
}

// Link returns the address that the link with that text leads to. A link that
// the page does not have fails the test.
func (p *Page) Link(text string) string {
	p.t.Helper()
	for n := range p.parse().Descendants() {
		if n.Data == "a" && n.FirstChild != nil && n.FirstChild.Data == text {
			to, err := p.URL.Parse(attribute(n, "href"))
			if err != nil {
				p.t.Fatal(err)
			}
			return to.String()
		}
	}
	p.t.Fatalf("%s (status %d) has no link %q:\n%s", p.URL, p.Status, text, p.shown())
	return ""
}

// Follow opens the link with that text.
func (p *Page) Follow(text string) *Page {
	p.t.Helper()
	return p.browser.Open(p.Link(text))
}

// Want fails the test unless the page has that status and holds the texts.
func (p *Page) Want(status int, texts ...string) *Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("%s %s: got status %d (Location %q), want %d\n%s", p.Request.Method, p.URL, p.Status, p.Header.Get("Location"), status, p.shown())
	}
	for _, text := range texts {
		if !strings.Contains(p.Text(), text) {
			p.t.Errorf("%s %s: got a page without %q, want it there:\n%s", p.Request.Method, p.URL, text, p.shown())
		}
	}
	return p
}

// WantMarkup fails the test unless the body holds the texts as they are, with
// the entities of HTML. It shows that a page escapes what it was given.
func (p *Page) WantMarkup(texts ...string) *Page {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.Body, text) {
			p.t.Errorf("%s %s: got markup without %q, want it there:\n%s", p.Request.Method, p.URL, text, p.shown())
		}
	}
	return p
}

// WantNot fails the test if the page holds one of the texts.
func (p *Page) WantNot(texts ...string) *Page {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.Text(), text) {
			p.t.Errorf("%s %s: got a page with %q, want it absent:\n%s", p.Request.Method, p.URL, text, p.shown())
		}
	}
	return p
}

// WantRedirect fails the test unless the page redirects to an address that
// begins with prefix. It returns that address.
func (p *Page) WantRedirect(prefix string) *url.URL {
	p.t.Helper()
	to := p.Location()
	if p.Status/100 != 3 || to == nil || !strings.HasPrefix(to.String(), prefix) {
		p.t.Fatalf("%s %s: got status %d to %v, want a redirect to %s…\n%s", p.Request.Method, p.URL, p.Status, to, prefix, p.shown())
	}
	return to
}

// WantRefused fails the test unless the server refused the request by a status
// of the 400s.
func (p *Page) WantRefused() *Page {
	p.t.Helper()
	if p.Status/100 != 4 {
		p.t.Errorf("%s %s: got status %d (Location %q), want a refusal\n%s", p.Request.Method, p.URL, p.Status, p.Header.Get("Location"), p.shown())
	}
	return p
}

// shown returns the part of the page that a reader of a failure needs.
func (p *Page) shown() string {
	if _, main, ok := strings.Cut(p.Body, "<main"); ok {
		return main
	}
	return p.Body
}

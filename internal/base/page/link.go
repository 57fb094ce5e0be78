package page

import "html/template"

// Link is a link. As a block it stands on a line of its own.
type Link struct {
	Label string
	Href  string
	Here  bool // in a bar: this is the page that is shown
}

func (l Link) html(t *template.Template) (template.HTML, error) { return run(t, "link", l) }

// LinkButton is a link that looks like a button, for a page whose main action
// is to go to another page.
type LinkButton struct {
	Label string
	Href  string
	Kind  Kind // Primary or Plain
}

func (l LinkButton) html(t *template.Template) (template.HTML, error) { return run(t, "linkbutton", l) }

// Ask is a question with a link that answers it: "No account yet? Sign up".
type Ask struct {
	Question string
	Link     Link
}

func (a Ask) html(t *template.Template) (template.HTML, error) { return run(t, "ask", a) }

// Tile is one place of [Links]: its name and what it is for.
type Tile struct {
	Title string
	Href  string // empty: not a link
	Text  string
	Code  string // an address or id beside it; may be empty
	// Picture is the URL of a web server, or data:image/…, of a small picture.
	// Another text, and "", show none.
	Picture string
}

// Links lists the places that a start page leads to.
type Links []Tile

func (l Links) html(t *template.Template) (template.HTML, error) { return run(t, "links", l) }

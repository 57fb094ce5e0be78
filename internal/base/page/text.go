package page

import "html/template"

// Text is a paragraph.
type Text string

func (p Text) html(t *template.Template) (template.HTML, error) { return run(t, "text", p) }

// Muted is a paragraph of less importance: a remark, a date.
type Muted string

func (p Muted) html(t *template.Template) (template.HTML, error) { return run(t, "muted", p) }

// Alert is a message that stands out. A screen reader reads a Danger alert at
// once, and the others when it has finished what it reads.
type Alert struct {
	Kind  Kind   // Info, Success, Warning, Danger; zero: Info
	ID    string // for [Field.Alert]; empty: none
	Title string // may be empty
	Text  string
}

func (a Alert) html(t *template.Template) (template.HTML, error) {
	if a.Kind == Plain || a.Kind == Primary {
		a.Kind = Info
	}
	return run(t, "alert", a)
}

// Role returns the alert's ARIA role. Templates call it.
func (a Alert) Role() string {
	if a.Kind == Danger {
		return "alert"
	}
	return "status"
}

// Code is text to copy: a command, a document, a mail as it was sent.
type Code struct {
	Label string // what it is; may be empty
	Text  string
}

func (c Code) html(t *template.Template) (template.HTML, error) { return run(t, "code", c) }

// List is a list without numbers.
type List []string

func (l List) html(t *template.Template) (template.HTML, error) { return run(t, "list", l) }

// Section is a part of a page with a heading of its own.
type Section struct {
	ID      string // empty: none
	Heading string
	Lead    string // may be empty
	Body    Blocks
}

func (s Section) html(t *template.Template) (template.HTML, error) { return run(t, "section", s) }

// Details is a part that shows its body when the person opens it.
type Details struct {
	Summary string
	Open    bool
	Body    Blocks
}

func (d Details) html(t *template.Template) (template.HTML, error) { return run(t, "details", d) }

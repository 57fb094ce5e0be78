package page

import "html/template"

// Text is a paragraph.
type Text string

func (p Text) html(t *template.Template) (template.HTML, error) { return run(t, "text", p) }

// Muted is a paragraph in the background: a remark, a date.
type Muted string

func (p Muted) html(t *template.Template) (template.HTML, error) { return run(t, "muted", p) }

// Alert is a message that stands out. A Danger alert interrupts a screen
// reader, the others wait for their turn.
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

// Role is the alert's ARIA role.
func (a Alert) Role() string {
	if a.Kind == Danger {
		return "alert"
	}
	return "status"
}

// Code is text to copy: a command, a document, a mail as it was sent.
type Code struct {
	Label string // what it is; always read out, shown when not empty
	Text  string
}

func (c Code) html(t *template.Template) (template.HTML, error) { return run(t, "code", c) }

// Steps is a numbered list of things to do.
type Steps []string

func (s Steps) html(t *template.Template) (template.HTML, error) { return run(t, "steps", s) }

// List is a list of equal things.
type List []string

func (l List) html(t *template.Template) (template.HTML, error) { return run(t, "list", l) }

// Section is a part of a page under a heading of its own.
type Section struct {
	ID      string // empty: none
	Heading string
	Lead    string // may be empty
	Body    Blocks
}

func (s Section) html(t *template.Template) (template.HTML, error) { return run(t, "section", s) }

// Details is a part that opens on demand.
type Details struct {
	Summary string
	Open    bool
	Body    Blocks
}

func (d Details) html(t *template.Template) (template.HTML, error) { return run(t, "details", d) }

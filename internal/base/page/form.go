package page

import (
	"html/template"
	"strings"
)

// Form is a form. Its answer goes to Action, or, if Action is empty, to the
// page's own address with its query string.
type Form struct {
	Name   string // empty: none
	Action string // empty: the page's own address
	Get    bool   // a search: GET instead of POST
	Hidden []Hidden
	Body   Blocks
	Inline bool // fields and buttons stand in one row, for filters
}

// Hidden is a value that a form sends and does not show.
type Hidden struct{ Name, Value string }

func (f Form) html(t *template.Template) (template.HTML, error) { return run(t, "form", f) }

// Field is one labelled input. Label and Name are needed. The browser asks for
// a value unless Optional is set.
type Field struct {
	Name  string
	ID    string // empty: Name
	Label string
	Type  string // empty: "text"
	Value string // never set it for a password
	Rows  int    // more than 0: an input of that many lines

	Autocomplete string // empty: "off"
	InputMode    string // "numeric" for codes
	MaxLength    int    // 0: no limit
	Optional     bool
	Autofocus    bool
	Code         bool // a code or key, in fixed-width letters

	Hint  string   // one sentence under the label
	Rules []string // what the value must have, as a list under the input
	Error string   // what is wrong with the value; marks the field as wrong

	// Alert is the id of an [Alert] that is about this field. It marks the
	// field as wrong, and a screen reader reads the alert with the field.
	// Empty: no alert is about this field.
	Alert string
}

func (f Field) html(t *template.Template) (template.HTML, error) {
	if f.ID == "" {
		f.ID = f.Name
	}
	if f.Type == "" {
		f.Type = "text"
	}
	if f.Autocomplete == "" {
		f.Autocomplete = "off"
	}
	return run(t, "field", f)
}

// Bad reports whether the field is marked as wrong. Templates call it.
func (f Field) Bad() bool { return f.Error != "" || f.Alert != "" }

// DescribedBy returns the ids of the texts that a screen reader reads with the
// field. Templates call it.
func (f Field) DescribedBy() string {
	var ids []string
	if f.Alert != "" {
		ids = append(ids, f.Alert)
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if len(f.Rules) > 0 {
		ids = append(ids, f.ID+"-rules")
	}
	return strings.Join(ids, " ")
}

// Kind says how important a button is, or what an alert or badge means.
type Kind string

// The kinds. Buttons use Plain, Primary and Danger, alerts and badges all but
// Primary.
const (
	Plain   Kind = ""
	Primary Kind = "primary"
	Info    Kind = "info"
	Success Kind = "success"
	Warning Kind = "warning"
	Danger  Kind = "danger"
)

// Button submits its form.
type Button struct {
	Label string
	Name  string // empty: sends nothing
	Value string
	Kind  Kind // Primary, Plain or Danger
	Skip  bool // submits without asking for the fields, for "Delete" or "Back"
}

func (b Button) html(t *template.Template) (template.HTML, error) { return run(t, "button", b) }

// Buttons is a row of buttons and links.
type Buttons Blocks

func (b Buttons) html(t *template.Template) (template.HTML, error) {
	return run(t, "buttons", Blocks(b))
}

package page

import (
	"html/template"
	"strings"
)

// Form is a form. It posts to Action, or, when that is empty, to the page's
// own address with its query string.
type Form struct {
	Name   string // empty: none
	Action string // empty: the page's own address
	Get    bool   // a search: GET instead of POST
	Hidden []Hidden
	Body   Blocks
	Inline bool // fields and buttons in one row, for filters
}

// Hidden is a value that a form carries and does not show.
type Hidden struct{ Name, Value string }

func (f Form) html(t *template.Template) (template.HTML, error) { return run(t, "form", f) }

// Field is one labelled input. Label and Name are needed, the rest may be
// empty; a field must be filled in unless Optional is set.
type Field struct {
	Name  string
	ID    string // empty: Name
	Label string
	Type  string // empty: "text"
	Value string // never set it for a password
	Rows  int    // more than 0: several lines

	Autocomplete string // empty: "off"
	InputMode    string // "numeric" for codes
	MaxLength    int    // 0: no limit
	Pattern      string
	Placeholder  string
	Optional     bool
	ReadOnly     bool
	Autofocus    bool
	Code         bool // a code or key: fixed-width letters

	Hint  string   // one sentence under the label
	Rules []string // what the value must fulfil, as a list
	Error string   // what is wrong with the value; marks the field

	// Alert is the id of an [Alert] that speaks of this field; it marks the
	// field as wrong and is read out with it.
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

// Bad says whether the field is marked as wrong.
func (f Field) Bad() bool { return f.Error != "" || f.Alert != "" }

// DescribedBy lists the ids of the texts that belong to the field.
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

// Option is one value to choose.
type Option struct {
	Value string
	Label string // empty: Value
	Hint  string // Choice only
}

// Text is what the person reads.
func (o Option) Text() string {
	if o.Label == "" {
		return o.Value
	}
	return o.Label
}

// Select is a list to choose one of.
type Select struct {
	Name    string
	ID      string // empty: Name
	Label   string
	Value   string // the chosen one
	Options []Option
	Hint    string
}

func (s Select) html(t *template.Template) (template.HTML, error) {
	if s.ID == "" {
		s.ID = s.Name
	}
	return run(t, "select", s)
}

// Choice is a group of radio buttons.
type Choice struct {
	Name    string
	Legend  string
	Value   string // the chosen one; empty: none yet
	Options []Option
}

func (c Choice) html(t *template.Template) (template.HTML, error) { return run(t, "choice", c) }

// Check is one box to tick.
type Check struct {
	Name    string
	ID      string // empty: Name
	Value   string // empty: "true"
	Label   string
	Hint    string
	Checked bool
}

func (c Check) html(t *template.Template) (template.HTML, error) {
	if c.ID == "" {
		c.ID = c.Name
	}
	if c.Value == "" {
		c.Value = "true"
	}
	return run(t, "check", c)
}

// Kind is the weight of a button or the mood of an alert or badge.
type Kind string

// The kinds. Primary and Danger are for buttons as well.
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
	Skip  bool // submits without checking the fields, as "back" must
}

func (b Button) html(t *template.Template) (template.HTML, error) { return run(t, "button", b) }

// Buttons is a row of buttons and links.
type Buttons Blocks

func (b Buttons) html(t *template.Template) (template.HTML, error) {
	return run(t, "buttons", Blocks(b))
}

package message

import (
	"html"
	"regexp"
	"strings"
)

// The placeholders of Cognito's message templates.
const (
	CodePlaceholder     = "{####}"
	UsernamePlaceholder = "{username}"
)

// Values are what the placeholders of a template stand for.
type Values struct {
	Code     string // {####}: a code or a temporary password
	Username string // {username}
	Link     string // {##text##}: a link with this text to this address; "": the text alone
}

// placeholder matches all three in one go, so that a value which looks like a
// placeholder (a user named "{####}") is not filled in again.
var placeholder = regexp.MustCompile(`\{####\}|\{username\}|\{##([^{}#]+)##\}`)

// Text fills in a plain text: an SMS or a plain e-mail. A link becomes its
// text and its address.
func Text(template string, v Values) string {
	return fill(template, v, func(s string) string { return s }, func(text, address string) string {
		return text + " (" + address + ")"
	})
}

// HTML fills in an HTML mail. The template is the administrator's and stands
// as it is; the values may be anybody's and are escaped.
func HTML(template string, v Values) string {
	return fill(template, v, html.EscapeString, func(text, address string) string {
		return `<a href="` + html.EscapeString(address) + `">` + text + `</a>`
	})
}

// Subject fills in a subject line: one line without the code, which mail
// programs show on locked screens and servers write to their logs.
func Subject(template string, v Values) string {
	v.Code, v.Link = "", ""
	return strings.TrimSpace(oneLine(Text(template, v)))
}

func fill(template string, v Values, escape func(string) string, link func(text, address string) string) string {
	return placeholder.ReplaceAllStringFunc(template, func(found string) string {
		switch found {
		case CodePlaceholder:
			return escape(v.Code)
		case UsernamePlaceholder:
			return escape(v.Username)
		}
		text := found[len("{##") : len(found)-len("##}")]
		if v.Link == "" {
			return text
		}
		return link(text, v.Link)
	})
}

package message

import (
	"html"
	"slices"
	"strings"

	"gatehouse/internal/base/pattern"
)

// The placeholders of Cognito's message templates.
const (
	CodePlaceholder     = "{####}"
	UsernamePlaceholder = "{username}"
)

// Values are the values of a template's placeholders.
type Values struct {
	Code     string // {####}: a code or a temporary password
	Username string // {username}
	Link     string // {##text##}: the address to which the text links; "": the text without a link
}

// placeholder matches all three placeholders at once. A link's text has no braces and begins with no "#". So a value that looks like a
// placeholder, such as the username "{####}", is not replaced again.
var placeholder = pattern.New(`\{####\}|\{username\}|\{##([^{}#][^{}]*)##\}`)

// HasLink reports whether a template has a link, {##text##}.
func HasLink(template string) bool {
	return slices.ContainsFunc(placeholder.FindAllStringSubmatch(template, -1), func(m []string) bool { return m[1] != "" })
}

// Text fills in a plain text, such as an SMS. A link becomes its text with the
// address in parentheses.
func Text(template string, v Values) string {
	return fill(template, v, func(s string) string { return s }, func(text, address string) string {
		return text + " (" + address + ")"
	})
}

// HTML fills in an HTML e-mail. The administrator's template stays as it is. The
// values, which users choose, are escaped.
func HTML(template string, v Values) string {
	return fill(template, v, html.EscapeString, func(text, address string) string {
		return `<a href="` + html.EscapeString(address) + `">` + text + `</a>`
	})
}

// Subject fills in a subject line, without the code: mail programs show subjects on
// locked screens, and servers log them.
func Subject(template string, v Values) string {
	v.Code, v.Link = "", ""
	return strings.TrimSpace(OneLine(Text(template, v)))
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

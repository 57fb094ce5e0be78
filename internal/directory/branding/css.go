package branding

import (
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/base/pattern"
)

// classes are those that a style sheet may name, and the states of each.
// Cognito: "Classic branding".
var classes = map[string][]string{
	"background-customizable": nil, "banner-customizable": nil, "errorMessage-customizable": nil,
	"idpButton-customizable": {"hover"}, "idpDescription-customizable": nil, "inputField-customizable": {"focus"}, "label-customizable": nil,
	"legalText-customizable": nil, "logo-customizable": nil, "passwordCheck-valid-customizable": nil, "passwordCheck-notValid-customizable": nil,
	"redirect-customizable": nil, "socialButton-customizable": nil, "submitButton-customizable": {"hover"}, "textDescription-customizable": nil,
}

// property is a declaration: a name, and a value of what colours, sizes and names
// of fonts need.
var property = pattern.New(`^-?[a-zA-Z][a-zA-Z-]*\s*:\s*[-\w\s#%.,()!"'/+]+$`)

// outside are parts of a value that would load or run something.
var outside = pattern.New(`(?i)(url|image|image-set|expression|src|element|attr|var|env|paint|behavior|-moz-binding)\s*\(`)

// cssProblem says what is wrong with a style sheet, as a part of a sentence; "":
// nothing. A style sheet is rules of one class each, without nesting and at-rules.
func cssProblem(css string) string {
	if strings.Contains(css, `\`) {
		return "a backslash is not allowed"
	}
	plain, complete := withoutComments(css)
	if !complete {
		return "a comment or a text does not end"
	}
	for rest := strings.TrimSpace(plain); rest != ""; {
		selector, after, found := strings.Cut(rest, "{")
		body, next, closed := strings.Cut(after, "}")
		if !found || !closed {
			return "a rule is not complete"
		}
		for s := range strings.SplitSeq(selector, ",") {
			if problem := selectorProblem(strings.TrimSpace(s)); problem != "" {
				return problem
			}
		}
		for d := range strings.SplitSeq(body, ";") {
			if d = strings.TrimSpace(d); d != "" && !allowed(d) {
				return fmt.Sprintf("the declaration %.100q is not allowed", d)
			}
		}
		rest = strings.TrimSpace(next)
	}
	return ""
}

// allowed reports whether a declaration may stand in a rule. Texts in it end in it,
// so that a browser finds the ends of declarations and rules where we do.
func allowed(d string) bool {
	return property.MatchString(d) && !outside.MatchString(d) && strings.Count(d, `"`)%2 == 0 && strings.Count(d, "'")%2 == 0
}

// withoutComments returns a style sheet with a blank for each comment, and whether
// its comments and texts end. What looks like a comment in a text is none.
func withoutComments(css string) (plain string, complete bool) {
	var b strings.Builder
	for css != "" {
		i := strings.IndexAny(css, `"'/`)
		if i < 0 {
			b.WriteString(css)
			break
		}
		b.WriteString(css[:i])
		css = css[i:]
		end, isComment := css[:1], strings.HasPrefix(css, "/*")
		switch {
		case isComment:
			end = "*/"
		case end == "/":
			b.WriteString("/")
			css = css[1:]
			continue
		}
		length := strings.Index(css[len(end):], end)
		if length < 0 || !isComment && strings.ContainsAny(css[1:1+length], "\r\n\f") {
			return "", false
		}
		whole := css[:length+2*len(end)]
		if css = css[len(whole):]; isComment {
			whole = " "
		}
		b.WriteString(whole)
	}
	return b.String(), true
}

func selectorProblem(s string) string {
	name, isClass := strings.CutPrefix(s, ".")
	name, state, hasState := strings.Cut(name, ":")
	states, known := classes[name]
	if !isClass || !known || hasState && !slices.Contains(states, state) {
		return fmt.Sprintf("the selector %.100q is not allowed", s)
	}
	return ""
}

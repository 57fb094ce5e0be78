package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Explain returns sentences for the person who sent the request: why it was
// refused, and what they have. It leaves out what a rule expects of people, such as
// addresses, groups and claims, and networks: a stranger must not learn which group
// to get into. It is nil for an allowed request.
func (d Decision) Explain() []string { return d.words(false) }

// Detail is Explain for administrators: it shows every expected value.
func (d Decision) Detail() []string { return d.words(true) }

func (d Decision) words(full bool) []string {
	if d.Outcome == Allow || d.request == nil {
		return nil
	}
	if d.Outcome == SignIn {
		return []string{mustSignIn}
	}
	s := &speaker{request: d.request, full: full}
	switch {
	case d.policy == nil || len(d.policy.allow) == 0 && !d.Deny.Value:
		s.add("no rule allows anybody here")
	case d.Deny.Value:
		d.policy.deny.explain(s, no)
	default:
		d.policy.allow.explain(s, yes)
	}
	return s.lines
}

const mustSignIn = "you must be signed in"

// speaker collects sentences, each once.
type speaker struct {
	request *Request
	full    bool
	lines   []string
}

// maxLines limits the sentences of an explanation.
const maxLines = 20

func (s *speaker) add(line string) {
	if len(s.lines) < maxLines && !slices.Contains(s.lines, line) {
		s.lines = append(s.lines, line)
	}
}

func (s side) explain(to *speaker, want truth) {
	for _, b := range s {
		explainUnless(b.node, to, want)
	}
}

func (n negation) explain(s *speaker, want truth) { n.of.explain(s, want.not()) }

func (n allOf) explain(s *speaker, want truth) {
	for _, child := range n {
		explainUnless(child, s, want)
	}
}

func (n anyOf) explain(s *speaker, want truth) {
	for _, child := range n {
		explainUnless(child, s, want)
	}
}

// explainUnless explains a node whose value is not the wanted one.
func explainUnless(n node, s *speaker, want truth) {
	if n.eval(s.request).is != want {
		n.explain(s, want)
	}
}

func (l *leaf) explain(s *speaker, want truth) {
	got := l.eval(s.request)
	switch {
	case l.asksIdentity() && s.request.Identity == nil:
		s.add(mustSignIn)
	case got.is == unknown:
		s.add(sayDoubt(s.request.Identity, got.why))
	default:
		s.add(l.cond.say(s.request, want == no, s.full))
	}
}

// unnamed stands for the values of a rule that a person may not know.
const unnamed = "what this rule names"

// unless returns the text that hides the values of a rule, or "" if they are shown.
func unless(full bool, hidden string) string {
	if full {
		return ""
	}
	return hidden
}

// must returns the verb of a sentence.
func must(not bool) string {
	if not {
		return " must not "
	}
	return " must "
}

// oneOf returns values as "a, b or c".
func oneOf(values []string) string {
	shown := make([]string, 0, len(values))
	for _, v := range values {
		shown = append(shown, quote(v))
	}
	if len(shown) == 0 {
		return "nothing"
	}
	if len(shown) == 1 {
		return shown[0]
	}
	last := len(shown) - 1
	return strings.Join(shown[:last], ", ") + " or " + shown[last]
}

// having returns what the person has, shortened.
func having(values []string) string {
	const most = 10
	shown := make([]string, 0, most)
	for _, v := range values {
		if len(shown) == most {
			return strings.Join(shown, ", ") + fmt.Sprintf(" and %d more", len(values)-most)
		}
		shown = append(shown, quote(clip(v)))
	}
	return strings.Join(shown, ", ")
}

// quote puts quotes around everything but a plain word, so that no value can look
// like a part of the sentence.
func quote(v string) string {
	plain := v != "" && strings.IndexFunc(v, func(c rune) bool {
		return c <= ' ' || c == '"' || c == ',' || c == ';' || !strconv.IsPrint(c)
	}) < 0
	if plain {
		return v
	}
	return strconv.Quote(v)
}

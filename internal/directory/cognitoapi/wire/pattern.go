package wire

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
)

// pattern is a regular expression of the model, in Java's syntax, that a whole
// value must match. It is compiled when it is first needed.
type pattern struct {
	java    string
	compile func() matcher
}

func newPattern(java string) *pattern {
	return &pattern{java: java, compile: sync.OnceValue(func() matcher { return compile(java) })}
}

// byHand has the patterns that RE2 can't express as they stand.
var byHand = map[string]string{
	// The look-behind forbids a dot at the end.
	`^[0-9A-Za-z\.\-_]*(?<!\.)$`: `([0-9A-Za-z.\-_]*[0-9A-Za-z\-_])?`,
}

// toRE2 rewrites a pattern for RE2. Java's \s has the vertical tab, which RE2's
// lacks; \S occurs alone in its class.
func toRE2(java string) string {
	re, ok := byHand[java]
	if !ok {
		re = strings.NewReplacer(`[\S]`, `[^\s\v]`, `\s`, `\s\v`).Replace(java)
	}
	return `\A(?:` + re + `)\z`
}

func (p *pattern) match(s string) bool {
	m := p.compile()
	if m.class == nil {
		return m.re.MatchString(s)
	}
	return m.class.match(s)
}

// matcher is a compiled pattern: a class where the pattern is one class
// repeated, which most are and which is much the faster, else a regexp.
type matcher struct {
	re    *regexp.Regexp
	class *class
}

func compile(java string) matcher {
	re2 := toRE2(java)
	if c := classOf(re2); c != nil {
		return matcher{class: c}
	}
	return matcher{re: regexp.MustCompile(re2)}
}

// class is a set of characters, any number of which make a value.
type class struct {
	ascii  [utf8.RuneSelf]bool
	ranges []rune // pairs of first and last, sorted
	empty  bool   // whether no character is enough
}

// classOf returns what \A[…]+\z or \A[…]*\z match, or nil for other patterns.
func classOf(re2 string) *class {
	re, err := syntax.Parse(re2, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat {
		return nil
	}
	var inner []*syntax.Regexp
	for _, sub := range re.Sub {
		if sub.Op != syntax.OpBeginText && sub.Op != syntax.OpEndText {
			inner = append(inner, sub)
		}
	}
	if len(inner) != 1 || inner[0].Op != syntax.OpPlus && inner[0].Op != syntax.OpStar || inner[0].Sub[0].Op != syntax.OpCharClass {
		return nil
	}
	c := &class{ranges: inner[0].Sub[0].Rune, empty: inner[0].Op == syntax.OpStar}
	for r := range rune(utf8.RuneSelf) {
		c.ascii[r] = c.holds(r)
	}
	return c
}

// holds looks r up in the ranges.
func (c *class) holds(r rune) bool {
	low, high := 0, len(c.ranges)/2
	for low < high {
		mid := (low + high) / 2
		switch {
		case r < c.ranges[2*mid]:
			high = mid
		case r > c.ranges[2*mid+1]:
			low = mid + 1
		default:
			return true
		}
	}
	return false
}

func (c *class) match(s string) bool {
	if s == "" {
		return c.empty
	}
	for _, r := range s {
		if r < utf8.RuneSelf {
			if !c.ascii[r] {
				return false
			}
		} else if !c.holds(r) {
			return false
		}
	}
	return true
}

package wire

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
)

// pattern is a regular expression of the model, in Java's syntax. A whole value must
// match it. It is compiled when it is first used.
type pattern struct {
	java    string
	compile func() matcher
}

func newPattern(java string) *pattern {
	return &pattern{java: java, compile: sync.OnceValue(func() matcher { return compile(java) })}
}

// byHand has replacements for patterns that RE2 cannot express, and for those that
// the service itself does not keep. Messages show the model's pattern.
var byHand = map[string]string{
	// The look-behind forbids a dot at the end.
	`^[0-9A-Za-z\.\-_]*(?<!\.)$`: `([0-9A-Za-z.\-_]*[0-9A-Za-z\-_])?`,
	// Cognito: "Using your own domain for managed login" has dots in a custom domain,
	// and DescribeUserPoolDomain's reference answers with auth.example.com.
	`^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`: label + `(?:\.` + label + `)*`,
}

// label is one part of a domain's name.
const label = `[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?`

// toRE2 returns a pattern in the syntax of RE2. Java's \s contains the vertical tab,
// and RE2's does not. The model uses \S only alone in a class.
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

// matcher is a compiled pattern. Most patterns are one character class, repeated: for
// these class is set, which is much faster than a regexp. For others re is set.
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

// class matches values that consist of characters of one set.
type class struct {
	ascii  [utf8.RuneSelf]bool
	ranges []rune // pairs of first and last, sorted
	empty  bool   // whether the empty value matches
}

// classOf returns the class of the pattern \A[…]+\z or \A[…]*\z, or nil for any other
// pattern.
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

// holds reports whether r is in one of the ranges.
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

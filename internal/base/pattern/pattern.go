// Package pattern holds regular expressions of the program's own that are compiled when
// they are used first. A process uses few of them, and would compile all of them at each
// start otherwise.
//
// That each of them compiles is a rule of the source, which a test holds
// (internal/testing/arch). What a person wrote is not for this package: it may be wrong.
package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression. Any number of goroutines may use one.
type Pattern struct {
	text string
	once sync.Once
	re   *regexp.Regexp
}

// New returns the pattern of a regular expression (RE2), which is written at the call.
func New(text string) *Pattern { return &Pattern{text: text} }

func (p *Pattern) compiled() *regexp.Regexp {
	p.once.Do(func() { p.re = regexp.MustCompile(p.text) })
	return p.re
}

// MatchString is that of [regexp.Regexp], as the other methods are.
func (p *Pattern) MatchString(s string) bool { return p.compiled().MatchString(s) }

// FindString returns the first match.
func (p *Pattern) FindString(s string) string { return p.compiled().FindString(s) }

// FindStringSubmatch returns the first match and its groups.
func (p *Pattern) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }

// FindAllStringSubmatch returns n matches, or all if n is negative, with their groups.
func (p *Pattern) FindAllStringSubmatch(s string, n int) [][]string {
	return p.compiled().FindAllStringSubmatch(s, n)
}

// ReplaceAllString returns s with replacement in place of each match.
func (p *Pattern) ReplaceAllString(s, replacement string) string {
	return p.compiled().ReplaceAllString(s, replacement)
}

// ReplaceAllStringFunc returns s with what replace makes of each match.
func (p *Pattern) ReplaceAllStringFunc(s string, replace func(string) string) string {
	return p.compiled().ReplaceAllStringFunc(s, replace)
}

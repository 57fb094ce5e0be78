package access

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/base/hostname"
)

// The limits of settings, in characters and in elements.
const (
	maxName  = 350
	maxText  = 1024
	maxURL   = 2048
	maxList  = 100
	maxClaim = 255
)

// Problem is one thing that is wrong with the settings of an object.
type Problem struct {
	Key  string // as the API names it: "config.auth_url", "config.scopes[1]"
	Text string // a sentence that begins with the key
}

// textOf returns all problems in one text.
func textOf(problems []Problem) string {
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.Text
	}
	return strings.Join(texts, "; ")
}

// checker collects the problems of an object.
type checker struct{ problems []Problem }

func (k *checker) add(key, format string, args ...any) {
	k.problems = append(k.problems, Problem{key, key + " " + fmt.Sprintf(format, args...)})
}

// text checks a required text.
func (k *checker) text(key, value string, limit int) {
	switch {
	case strings.TrimSpace(value) == "":
		k.add(key, "is required")
	case utf8.RuneCountInString(value) > limit:
		k.add(key, "is longer than %d characters", limit)
	case !printable(value):
		k.add(key, "contains characters that can't be displayed")
	}
}

// list checks a list of names, in which each name may appear once.
func (k *checker) list(key string, values []string) {
	if len(values) > maxList {
		k.add(key, "has more than %d elements", maxList)
		return
	}
	seen := map[string]bool{}
	for i, v := range values {
		k.text(fmt.Sprintf("%s[%d]", key, i), v, maxClaim)
		if seen[v] {
			k.add(fmt.Sprintf("%s[%d]", key, i), "appears twice")
		}
		seen[v] = true
	}
}

// endpoint checks a required URL of a provider.
func (k *checker) endpoint(key, value string) {
	u, err := url.Parse(value)
	switch {
	case value == "":
		k.add(key, "is required")
	case len(value) > maxURL:
		k.add(key, "is longer than %d characters", maxURL)
	case err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !isThisMachine(u.Hostname())):
		k.add(key, "must be an https URL (http is allowed for localhost only)")
	case u.User != nil:
		k.add(key, "must not contain a user name or password")
	case u.Fragment != "":
		k.add(key, "must not have a fragment")
	}
}

func isThisMachine(host string) bool {
	return hostname.IsLocalhost(host) || host == "127.0.0.1" || host == "::1"
}

// printable reports whether a text has no control and no format characters.
func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf) }) < 0
}

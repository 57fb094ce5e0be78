package config

import (
	"net/url"
	"regexp"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/settings"
)

// parseURL reads an absolute URL. If text is none, the hint says what was
// probably meant.
func parseURL(text string) (u *url.URL, hint string, ok bool) {
	u, err := url.Parse(text)
	if err == nil && u.Scheme != "" && u.Host != "" && u.Hostname() != "" {
		return u, "", true
	}
	if guess := guessURL(text); guess != "" {
		return nil, settings.DidYouMean(redactURL(guess)), false
	}
	return nil, "", false
}

var (
	brokenScheme = regexp.MustCompile(`^(https?|h2c)(:|//|:/|/)([A-Za-z0-9].*)$`)
	hostAndMore  = regexp.MustCompile(`^[A-Za-z0-9*][A-Za-z0-9.*-]*(:[0-9]{1,5})?(/.*)?$`)
)

func guessURL(text string) string {
	guess := ""
	if m := brokenScheme.FindStringSubmatch(text); m != nil {
		guess = m[1] + "://" + m[3]
	} else if hostAndMore.MatchString(text) && strings.ContainsAny(text, ".:") {
		guess = "https://" + text
		if port := hostAndMore.FindStringSubmatch(text)[1]; port != "" && port != ":443" {
			guess = "http://" + text
		}
	}
	if u, err := url.Parse(guess); err != nil || u.Host == "" {
		return ""
	}
	return guess
}

var userinfo = regexp.MustCompile(`^([^/@]*//)?.*@`)

// redactURL takes name and password out of a URL, well-formed or not: all
// before the last @, which may be more than the two.
func redactURL(text string) string {
	return userinfo.ReplaceAllString(text, "${1}[redacted]@")
}

func quoteURL(text string) string { return quote(redactURL(text)) }

// isLocal reports whether host names this machine, where plain HTTP tells
// nobody a secret.
func isLocal(host string) bool { return hostname.IsLoopback(host) }

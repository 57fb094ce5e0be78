package settings

import (
	"net/url"
	"reflect"
	"strings"

	"gatehouse/internal/base/pattern"
)

// url decodes a URL. An empty text leaves the URL nil.
func (d *Document) url(path string, n *Node, v reflect.Value, k *key) {
	if n.Kind != Scalar {
		d.Fail(path, n.Place, n.Kind.Noun(), "a URL", "")
		return
	}
	text := n.Text
	if k.bare != "" && text != "" && !strings.Contains(text, "/") {
		text = k.bare + "://" + text
	}
	if text == "" {
		return
	}
	u, hint, ok := ParseURL(text)
	if !ok {
		d.Fail(path, n.Place, QuoteURL(n.Text), "a URL", hint)
		return
	}
	v.Set(reflect.ValueOf(u))
}

// ParseURL reads an absolute URL with a host. If text is not such a URL, ok is
// false, and hint says which URL was probably meant.
func ParseURL(text string) (u *url.URL, hint string, ok bool) {
	u, err := url.Parse(text)
	if err == nil && u.Scheme != "" && u.Host != "" && u.Hostname() != "" {
		return u, "", true
	}
	if guess := guessURL(text); guess != "" {
		return nil, DidYouMean(redactURL(guess)), false
	}
	return nil, "", false
}

var (
	brokenScheme = pattern.New(`^(https?|h2c)(:|//|:/|/)([A-Za-z0-9].*)$`)
	hostAndMore  = pattern.New(`^[A-Za-z0-9*][A-Za-z0-9.*-]*(:[0-9]{1,5})?(/.*)?$`)
)

// guessURL returns the URL that text probably means: "http://app" for
// "http//app", "http://app:8080" for "app:8080", or "".
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

var userinfo = pattern.New(`^([^/@]*//)?.*@`)

// redactURL replaces user name and password in a URL. The URL may be broken, so
// redactURL replaces everything before the last @.
func redactURL(text string) string {
	return userinfo.ReplaceAllString(text, "${1}[redacted]@")
}

// QuoteURL is [Quote] for a URL: it does not show user name and password.
func QuoteURL(text string) string { return Quote(redactURL(text)) }

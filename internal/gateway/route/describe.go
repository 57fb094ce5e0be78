package route

import (
	"fmt"
	"net/url"
	"strings"
)

// DescribePath says for people how the path changes on the way to the upstream:
// "/admin becomes /". It returns "" if it stays as it is.
func (r *Route) DescribePath() string {
	w := r.Rewrite
	switch {
	case w.RegexPattern != "":
		return fmt.Sprintf("%s becomes %s", w.RegexPattern, w.RegexSubstitution)
	case w.Prefix != "":
		return r.describePrefix(w.Prefix)
	case w.TargetPath != "":
		return r.describePrefix(w.TargetPath)
	}
	return ""
}

// describePrefix says what [Route.replacePrefix] does.
func (r *Route) describePrefix(with string) string {
	switch {
	case r.Regex != "" || r.Path != "":
		return "becomes " + with
	case r.Prefix != "" && r.Prefix != "/":
		return r.Prefix + " becomes " + with
	case with == "/":
		return ""
	}
	return "follows " + strings.TrimSuffix(with, "/")
}

// DescribeRedirect says for people where the route's Redirect leads, with … for what
// stays of the request: "https://b.example.com/… (301)". It must not be called on a
// route without a Redirect.
func (r *Route) DescribeRedirect() string {
	d := r.Redirect
	u := &url.URL{Scheme: r.From.Scheme, Host: strings.TrimPrefix(r.From.String(), r.From.Scheme+"://")}
	path := "/…"
	switch {
	case d.Path != "":
		path = d.Path
	case d.PrefixRewrite != "":
		path = d.PrefixRewrite
		if r.Regex == "" && r.Path == "" {
			path += "…"
		}
	}
	scheme := d.scheme(r.From.Scheme)
	text := fmt.Sprintf("%s://%s%s (%d)", scheme, d.host(u, scheme), path, d.code())
	if d.StripQuery {
		text += ", without the query"
	}
	return text
}

package route

import (
	"fmt"
	"regexp"
	"strings"

	"gatehouse/internal/base/fault"
)

// ErrRewrittenPath says that a route's rewrite rules turn the path of a request
// into one that can't be sent. The request is refused.
var ErrRewrittenPath = fault.New(fault.Invalid, "path_rewritten", "The path of the URL does not fit this route.")

// Rewrite says how path and host change on the way to the upstream.
type Rewrite struct {
	Prefix            string // prefix_rewrite
	RegexPattern      string // regex_rewrite_pattern
	RegexSubstitution string // regex_rewrite_substitution
	TargetPath        string // the path of the first upstream URL; used if neither of the above is set

	Host                      string // host_rewrite
	HostHeader                string // host_rewrite_header
	HostPathRegexPattern      string // host_path_regex_rewrite_pattern
	HostPathRegexSubstitution string // host_path_regex_rewrite_substitution
	PreserveHost              bool   // preserve_host_header
}

// UpstreamPath returns the escaped path to send upstream. Rewriting can create dot
// segments: "/a" to "/b/" turns "/a../x" into "/b/../x". Such a request is refused
// with ErrRewrittenPath.
func (r *Route) UpstreamPath(c Cleaned) (string, error) {
	w := r.Rewrite
	switch {
	case r.compiled.pathRewrite != nil:
		return checkRewritten(escapeRest(r.compiled.pathRewrite.replace(c.Escaped)))
	case w.Prefix != "":
		return checkRewritten(r.replacePrefix(c.Escaped, w.Prefix))
	case w.TargetPath != "":
		return checkRewritten(r.replacePrefix(c.Escaped, w.TargetPath))
	}
	return c.Escaped, nil
}

func checkRewritten(path string) (string, error) {
	decoded := unescape(path)
	if !strings.HasPrefix(path, "/") || hasDotSegment(decoded) || hasDotSegment(otherReading(decoded)) {
		return "", ErrRewrittenPath
	}
	return path, nil
}

// replacePrefix replaces the part of the path that the route matched: the prefix,
// or the whole path if the route has a path or a regex. If it has none of them,
// that part is the leading slash.
func (r *Route) replacePrefix(escaped, with string) string {
	with = escapeRest(with)
	c := &r.compiled
	if c.regex != nil || c.path != "" {
		return with
	}
	matched := c.prefix
	if matched == "" {
		matched = "/"
	}
	rest := escaped[escapedOffset(escaped, len(matched)):]
	switch endsInSlash := strings.HasSuffix(with, "/"); {
	case endsInSlash && strings.HasPrefix(rest, "/"):
		return with + rest[1:] // "/a" to "/": /b, not //b
	case !endsInSlash && rest != "" && matched == "/":
		return with + "/" + rest // "/" to "/b": /b/x, not /bx
	}
	return with + rest
}

// replacement is a pattern and its substitution, with \1 for the first group.
type replacement struct {
	pattern  *regexp.Regexp
	template string // in regexp.Expand's form
}

func (x *replacement) replace(s string) string { return x.pattern.ReplaceAllString(s, x.template) }

// newReplacement compiles a pattern with its substitution.
func newReplacement(pattern, substitution string) (*replacement, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("%q is not a regular expression: %w", pattern, err)
	}
	var template strings.Builder
	for i := 0; i < len(substitution); i++ {
		switch b := substitution[i]; {
		case b == '$':
			template.WriteString("$$")
		case b != '\\':
			template.WriteByte(b)
		case i+1 < len(substitution) && substitution[i+1] == '\\':
			template.WriteByte('\\')
			i++
		case i+1 < len(substitution) && substitution[i+1] >= '0' && int(substitution[i+1]-'0') <= re.NumSubexp():
			fmt.Fprintf(&template, "${%c}", substitution[i+1])
			i++
		default:
			return nil, fmt.Errorf("%q: expected \\0 to \\%d or \\\\ at position %d", substitution, min(9, re.NumSubexp()), i+1)
		}
	}
	return &replacement{re, template.String()}, nil
}

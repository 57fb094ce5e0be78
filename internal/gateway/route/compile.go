package route

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// compiler compiles one route and collects its faults.
type compiler struct {
	route  *Route
	index  int
	faults []error
}

func (c *compiler) fault(key, hint, format string, args ...any) {
	c.faults = append(c.faults, &Fault{Route: c.index, Key: key, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (c *compiler) compile() {
	c.from()
	c.tunnel()
	c.paths()
	c.rewrite()
	c.hostRewrite()
	if c.route.Redirect != nil {
		c.redirect(c.route.Redirect)
	}
}

// from checks the rules of ParseFrom, for a From that ParseFrom did not make.
func (c *compiler) from() {
	f := c.route.From
	c.route.compiled.host = newPattern(f.Host)
	if parsed, err := ParseFrom(f.String()); err != nil || parsed != f {
		c.fault("from", "", "%q is not a URL that a route can have", f.String())
	}
}

func (c *compiler) paths() {
	r := c.route
	if r.Regex != "" {
		// Compile it alone first: "a)(b" must not become valid inside a group.
		if _, err := regexp.Compile(r.Regex); err != nil {
			c.fault("regex", "", "%q is not a regular expression: %v", r.Regex, err)
		} else {
			r.compiled.regex = regexp.MustCompile(`(?s)\A(?:` + r.Regex + `)\z`) // a dot is also an escaped line break
		}
	}
	r.compiled.path = c.pathKey("path", r.Path)
	r.compiled.prefix = c.pathKey("prefix", r.Prefix)
}

// pathKey brings path or prefix into the form of cleaned paths. The file may have
// escapes, because Pomerium compares escaped paths.
func (c *compiler) pathKey(key, value string) string {
	if value != "" {
		c.absolute(key, value)
	}
	return keptSlashes.Replace(unescape(value))
}

// keptSlashes returns escaped slashes in the form of cleaned paths.
var keptSlashes = strings.NewReplacer("%2f", "%2F", "%5c", "%5C")

// absolute checks that a path of the file begins with a slash and is clean.
func (c *compiler) absolute(key, value string) {
	hint := ""
	if !strings.HasPrefix(value, "/") {
		hint = fmt.Sprintf("did you mean %q?", "/"+value)
	}
	if hint != "" || strings.ContainsAny(value, "?#") || hasDotSegment(unescape(value)) || hasControl(value) {
		c.fault(key, hint, "found %q; expected a path that begins with /, without query and without dot segments", value)
	}
}

func hasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
}

func (c *compiler) rewrite() {
	w := c.route.Rewrite
	if w.Prefix != "" {
		c.absolute("prefix_rewrite", w.Prefix)
	}
	if w.TargetPath != "" {
		c.absolute("to", w.TargetPath)
	}
	if w.Prefix != "" && w.RegexPattern != "" {
		c.fault("prefix_rewrite", "keep one of them", "found beside regex_rewrite_pattern")
	}
	c.route.compiled.pathRewrite = c.replacement("regex_rewrite", w.RegexPattern, w.RegexSubstitution)
}

func (c *compiler) replacement(key, pattern, substitution string) *replacement {
	if pattern == "" {
		if substitution != "" {
			c.fault(key+"_substitution", "", "found without %s_pattern", key)
		}
		return nil
	}
	x, err := newReplacement(pattern, substitution)
	if err != nil {
		c.fault(key+"_pattern", "", "%v", err)
	}
	return x
}

func (c *compiler) hostRewrite() {
	w := c.route.Rewrite
	if w.Host != "" && !usableHost(w.Host) {
		c.fault("host_rewrite", "", "found %q; expected a host name", w.Host)
	}
	c.route.compiled.hostFromPath = c.replacement("host_path_regex_rewrite", w.HostPathRegexPattern, w.HostPathRegexSubstitution)
}

var redirectCodes = []int{
	0, http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
	http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
}

func (c *compiler) redirect(d *Redirect) {
	if d.Scheme != "" && defaultPorts[strings.ToLower(d.Scheme)] == "" {
		c.fault("redirect.scheme_redirect", "", "found %q; expected https or http", d.Scheme)
	}
	if d.Host != "" && !usableHost(d.Host) {
		c.fault("redirect.host_redirect", "", "found %q; expected a host name", d.Host)
	}
	if d.Port < 0 || d.Port > 65535 {
		c.fault("redirect.port_redirect", "", "found %d; expected a port between 1 and 65535", d.Port)
	}
	if !slices.Contains(redirectCodes, d.Code) {
		c.fault("redirect.response_code", "", "found %d; expected 301, 302, 303, 307 or 308", d.Code)
	}
	if d.Path != "" {
		path, _, _ := strings.Cut(d.Path, "?")
		c.absolute("redirect.path_redirect", path)
	}
	if d.PrefixRewrite != "" {
		c.absolute("redirect.prefix_rewrite", d.PrefixRewrite)
	}
}

package server

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/route"
)

// address is one about which [Diff] asks: a host of a route, with a path and a method
// that some rule at that host may tell from others.
type address struct {
	method string
	from   *url.URL // of the route; its host may hold wildcards
	path   string
}

// sample stands for what a wildcard or the rest of a path may be.
const sample = "any"

// String writes the address for a reader, with the wildcards of its host.
func (a address) String() string {
	if a.path == "" {
		return a.with("") // for TCP
	}
	if a.path == "/"+sample {
		return a.with("/… (any other path)")
	}
	return a.with(a.path)
}

// everyPath writes all paths of the host for a reader.
func (a address) everyPath() string {
	if a.path == "" {
		return a.with("")
	}
	return a.with("/*")
}

func (a address) with(path string) string {
	text := a.from.Scheme + "://" + a.from.Host + path
	if a.method != http.MethodGet {
		text = a.method + " " + text
	}
	return text
}

func (a address) url() *url.URL {
	return &url.URL{Scheme: a.from.Scheme, Host: strings.ReplaceAll(a.from.Host, "*", sample), Path: a.path}
}

// addressesOf returns the addresses that the routes of two files tell apart: for each
// host and method, the paths that its routes and their rules name, and one path more.
func addressesOf(files ...*config.Config) [][]address {
	var all [][]address
	for _, from := range hostsOf(files) {
		methods, paths := distinguished(from, files)
		for _, method := range methods {
			group := make([]address, len(paths))
			for i, path := range paths {
				group[i] = address{method, from, path}
			}
			all = append(all, group)
		}
	}
	for _, target := range targetsOf(files) {
		all = append(all, []address{{http.MethodGet, &url.URL{Scheme: "tcp+https", Host: target}, ""}})
	}
	return all
}

// targetsOf returns the host and port of each target of routes for TCP once, sorted.
func targetsOf(files []*config.Config) (targets []string) {
	for _, c := range files {
		for _, r := range c.AllRoutes() {
			if r.Tunnel != nil {
				targets = append(targets, r.Tunnel.Authorities...)
			}
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}

// hostsOf returns the from of each host and port once, sorted. Routes for other
// protocols than HTTP have no paths.
func hostsOf(files []*config.Config) []*url.URL {
	found := map[string]*url.URL{}
	for _, c := range files {
		for _, r := range c.AllRoutes() {
			if r.Tunnel == nil && (r.From.Scheme == "https" || r.From.Scheme == "http") {
				found[r.From.Host] = r.From
			}
		}
	}
	hosts := make([]*url.URL, 0, len(found))
	for _, from := range found {
		hosts = append(hosts, from)
	}
	slices.SortFunc(hosts, func(a, b *url.URL) int { return cmp.Compare(a.Host, b.Host) })
	return hosts
}

// distinguished returns the methods and paths that the routes of a host name, those
// with wildcards that take it too.
func distinguished(from *url.URL, files []*config.Config) (methods, paths []string) {
	methods, paths = []string{http.MethodGet}, []string{"/", "/" + sample}
	for _, c := range files {
		for _, r := range c.AllRoutes() {
			if !takes(r, from) {
				continue
			}
			paths = append(paths, pathsOf(r)...)
			for _, m := range criterionTexts(r, "http_method") {
				methods = append(methods, strings.ToUpper(m))
			}
		}
	}
	slices.Sort(methods)
	slices.Sort(paths)
	return slices.Compact(methods), slices.Compact(paths)
}

// takes reports whether a route may take the requests of a host.
func takes(r *config.Route, from *url.URL) bool {
	pattern, err := route.ParseFrom(r.From.String())
	return err == nil && (r.From.Host == from.Host || pattern.Takes(hostname.Of(strings.ReplaceAll(from.Host, "*", sample))))
}

// pathsOf returns paths that a route or its rules tell from others.
func pathsOf(r *config.Route) []string {
	paths := []string{r.Prefix, r.Path, sampleOf(r.Regex)}
	for _, text := range criterionTexts(r, "http_path") {
		if !strings.HasPrefix(text, "/") {
			text = "/" + sample + text
		}
		paths = append(paths, text)
	}
	return slices.DeleteFunc(paths, func(p string) bool { return !strings.HasPrefix(p, "/") })
}

// criterionTexts returns the texts of a criterion in all rules of a route.
func criterionTexts(r *config.Route, criterion string) []string {
	texts := textsUnder(r.Allow.Policy, criterion, false)
	for i := range r.SubPolicies {
		texts = append(texts, textsUnder([]any(r.SubPolicies[i].SourcePPL), criterion, false)...)
	}
	return texts
}

func textsUnder(value any, criterion string, inside bool) []string {
	var all []string
	switch v := value.(type) {
	case string:
		if inside && v != "" {
			all = append(all, v)
		}
	case []any:
		for _, item := range v {
			all = append(all, textsUnder(item, criterion, inside)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, textsUnder(v[key], criterion, inside || strings.EqualFold(key, criterion))...)
		}
	}
	return all
}

// sampleOf returns a path that matches an expression, or "" if it finds none.
func sampleOf(expression string) string {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if expression == "" || err != nil {
		return ""
	}
	text := shortest(parsed.Simplify())
	if whole, err := regexp.Compile("^(?:" + expression + ")$"); err != nil || !whole.MatchString(text) {
		return ""
	}
	return text
}

// shortest returns a short text for an expression, which most expressions match.
func shortest(e *syntax.Regexp) string {
	switch e.Op {
	case syntax.OpLiteral:
		return string(e.Rune)
	case syntax.OpCharClass:
		return oneOf(e.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "x"
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(e.Sub[0])
	case syntax.OpRepeat:
		return strings.Repeat(shortest(e.Sub[0]), e.Min)
	case syntax.OpAlternate:
		return shortest(e.Sub[0])
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range e.Sub {
			b.WriteString(shortest(sub))
		}
		return b.String()
	}
	return ""
}

// oneOf returns a character of a class, which is given by its ranges: a plain one, if
// it has one.
func oneOf(ranges []rune) string {
	for _, plain := range "x0X-_." {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= plain && plain <= ranges[i+1] {
				return string(plain)
			}
		}
	}
	if len(ranges) == 0 {
		return ""
	}
	return string(ranges[0])
}

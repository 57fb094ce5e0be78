package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/base/settings"
)

var (
	actions   = []string{"allow", "deny"}
	operators = []string{"and", "or", "not", "nor"}
)

// parser reads a decoded document into the syntax tree. It goes on after a fault,
// so that one run reports every fault.
type parser struct {
	findings
}

// document reads policy = rule | [rule, …]. nil means no policy.
func (p *parser) document(path string, data any) []rule {
	switch data := data.(type) {
	case nil:
		return nil
	case map[string]any:
		return []rule{p.rule(path, data)}
	case []any:
		rules := make([]rule, 0, len(data))
		for i, item := range data {
			rules = append(rules, p.rule(fmt.Sprintf("%s[%d]", path, i), item))
		}
		return rules
	}
	p.expected(path, data, "a rule or a list of rules", "write {allow: {or: […]}}")
	return nil
}

// rule reads rule = {allow: operators, deny: operators}. Pomerium: a key
// "action" is ignored.
func (p *parser) rule(path string, data any) rule {
	var r rule
	for _, e := range p.object(path, data, "an object with allow, deny or both") {
		switch e.key {
		case "allow":
			r.allow = p.groups(path+".allow", e.value)
			p.adviseOnJoining(path+".allow", r.allow)
			p.adviseOnAllow(r.allow)
		case "deny":
			r.deny = p.groups(path+".deny", e.value)
			p.adviseOnReject(r.deny)
		case "action":
			p.warn(path+".action", "has no meaning and is ignored")
		default:
			p.fault(path+"."+e.written, settings.Suggest(e.key, actions), "unknown action %q; expected allow or deny", clip(e.written))
		}
	}
	return r
}

// groups reads operators = {and: […], or: […], not: […], nor: […]}.
func (p *parser) groups(path string, data any) []group {
	var groups []group
	for _, e := range p.object(path, data, "an object with and, or, not or nor") {
		if !slices.Contains(operators, e.key) {
			p.fault(path+"."+e.written, p.operatorHint(e.key), "unknown operator %q; expected and, or, not or nor", clip(e.written))
			continue
		}
		if g := p.group(path+"."+e.key, e.key, e.value); len(g.criteria) > 0 {
			groups = append(groups, g)
		}
	}
	slices.SortFunc(groups, func(a, b group) int {
		return slices.Index(operators, a.op) - slices.Index(operators, b.op)
	})
	return groups
}

func (p *parser) operatorHint(key string) string {
	if hint := settings.Suggest(key, operators); hint != "" {
		return hint
	}
	if kindNamed(key) != nil {
		return fmt.Sprintf("put it into a list: {or: [{%s: …}]}", key)
	}
	return ""
}

// group reads one operator's list. Pomerium: an empty list is ignored.
func (p *parser) group(path, op string, data any) group {
	g := group{path: path, op: op}
	if data == nil {
		return g
	}
	list, ok := data.([]any)
	if !ok {
		p.expected(path, data, "a list of criteria", "write each criterion as an item of a list")
		return g
	}
	for i, item := range list {
		if c, ok := p.criterion(fmt.Sprintf("%s[%d]", path, i), item); ok {
			g.criteria = append(g.criteria, c)
		}
	}
	return g
}

// criterion reads {name: data} or {name/sub: data}.
func (p *parser) criterion(path string, data any) (criterion, bool) {
	object, ok := data.(map[string]any)
	if !ok || len(object) != 1 {
		p.expected(path, data, "an object with one criterion", p.criterionHint(data))
		return criterion{}, false
	}
	for key, value := range object {
		return p.named(path+"."+key, key, value)
	}
	return criterion{}, false
}

func (p *parser) criterionHint(data any) string {
	switch data := data.(type) {
	case string:
		if kindNamed(data) != nil {
			return fmt.Sprintf("write {%s: true}", data)
		}
	case map[string]any:
		if matcher := strayMatcher(data); matcher != "" {
			return fmt.Sprintf("indent %s further, so that it stands below the criterion", matcher)
		}
		if len(data) > 1 {
			return "found " + strings.Join(slices.Sorted(maps.Keys(data)), ", ") + ": write one item for each"
		}
	}
	return ""
}

// strayMatcher returns the matcher that stands beside an empty criterion, as it does
// in YAML that is indented too little: {domain: null, is: example.com}.
func strayMatcher(data map[string]any) string {
	matcher, empty := "", false
	for key, value := range data {
		switch {
		case value == nil:
			empty = true
		case key == "has" || slices.Contains(textOps, key):
			matcher = key
		}
	}
	if !empty || len(data) != 2 {
		return ""
	}
	return matcher
}

func (p *parser) named(path, key string, value any) (criterion, bool) {
	name, sub, hasSub := strings.Cut(key, "/")
	k := kindNamed(strings.ToLower(name))
	switch {
	case k == nil && absent[strings.ToLower(name)] != "":
		p.fault(path, "", "the criterion %s needs %s, which this gateway does not have", strings.ToLower(name), absent[strings.ToLower(name)])
	case k == nil:
		p.fault(path, settings.Suggest(name, kindNames()), "unknown criterion %q", clip(name))
	case k.takesSub && sub == "":
		p.fault(path, fmt.Sprintf("write %s/<name>", k.name), "the criterion %s needs a name after a slash", k.name)
	case hasSub && !k.takesSub:
		p.fault(path, "", "the criterion %s takes no name after a slash", k.name)
	default:
		cond := k.parse(p, path, sub, value)
		return criterion{path: path, sub: sub, kind: k, cond: cond}, cond != nil
	}
	return criterion{}, false
}

// entry is one key of an object. Letter case does not count in keys of the
// language (Pomerium).
type entry struct {
	key     string // lower case
	written string // as it stands in the file
	value   any
}

// object returns the entries of an object in the order of their keys. It records
// a fault if data is not an object, or if two keys differ only in letter case.
func (p *parser) object(path string, data any, what string) []entry {
	object, ok := data.(map[string]any)
	if !ok {
		p.expected(path, data, what, "")
		return nil
	}
	var entries []entry
	seen := map[string]bool{}
	for _, written := range slices.Sorted(maps.Keys(object)) {
		key := strings.ToLower(written)
		if seen[key] {
			p.fault(path+"."+written, "", "the key %s is there twice, in different case", key)
			continue
		}
		seen[key] = true
		entries = append(entries, entry{key, written, object[written]})
	}
	return entries
}

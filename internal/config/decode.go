package config

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// decoder fills the tree of structs from a tree of nodes. It goes on after a
// fault, and leaves the value at fault at its default.
type decoder struct {
	faults   []Fault
	places   map[string]place
	ignored  []string // the paths of keys that are accepted without effect
	warnings []string
}

func (d *decoder) fail(path string, n *node, found, expected, hint string) {
	d.failAt(path, n.at, found, expected, hint)
}

func (d *decoder) failAt(path string, at place, found, expected, hint string) {
	d.faults = append(d.faults, Fault{
		Path: path, File: at.file, Line: at.line, Variable: at.variable,
		Found: found, Expected: expected, Hint: hint,
	})
}

var (
	secretType   = reflect.TypeFor[seal.Secret]()
	urlType      = reflect.TypeFor[*url.URL]()
	durationType = reflect.TypeFor[time.Duration]()
	anyType      = reflect.TypeFor[any]()
	routeType    = reflect.TypeFor[Route]()
	configType   = reflect.TypeFor[Config]()
)

// selfDecoder is a type that more than one form of value stands for.
type selfDecoder interface {
	decode(d *decoder, path string, n *node)
}

// value decodes n into v. A null leaves v as it is.
func (d *decoder) value(path string, n *node, v reflect.Value, f *field) {
	if n.kind == nullNode {
		return
	}
	if self, ok := v.Addr().Interface().(selfDecoder); ok {
		self.decode(d, path, n)
		return
	}
	switch t := v.Type(); {
	case t == urlType:
		d.url(path, n, v, f)
	case t == durationType:
		d.duration(path, n, v)
	case t == anyType:
		d.free(path, n)
		v.Set(reflect.ValueOf(n.plain()))
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct && n.kind != mapNode:
		d.fail(path, n, n.noun(), "a map of keys", "")
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		d.value(path, n, v.Elem(), f)
	case t.Kind() == reflect.Struct:
		d.structure(path, n, v)
	case t.Kind() == reflect.Slice:
		d.slice(path, n, v, f)
	case t.Kind() == reflect.Map:
		d.mapping(path, n, v, f)
	default:
		d.scalar(path, n, v, f)
	}
}

func (d *decoder) structure(path string, n *node, v reflect.Value) {
	fields := fieldsOf(v.Type())
	d.defaults(fields, v)
	if n.kind != mapNode {
		d.fail(path, n, n.noun(), "a map of keys", "")
		return
	}
	seen := map[string]bool{}
	for _, e := range n.entries {
		key := strings.ToLower(e.key)
		if seen[key] {
			d.failAt(join(path, key), e.at, "the key stands twice in one map", "", "keys are the same in upper and lower case")
			continue
		}
		seen[key] = true
		d.entry(path, key, e, fields, v)
	}
	if v.Type() == routeType {
		d.place(path, n, v.Addr().Interface().(*Route))
	}
}

func (d *decoder) place(path string, n *node, r *Route) {
	r.Key, r.File, r.Line = path, n.at.file, n.at.line
	if n.at.variable != "" {
		r.File = n.at.variable
	}
}

func (d *decoder) entry(path, key string, e entry, fields []field, v reflect.Value) {
	for i := range fields {
		if f := &fields[i]; f.key == key {
			d.places[join(path, key)] = e.at
			d.value(join(path, key), e.value, v.FieldByIndex(f.index), f)
			return
		}
	}
	d.foreign(path, key, e, keysOf(fields), v.Type())
}

// defaults sets what the tags of the fields say.
func (d *decoder) defaults(fields []field, v reflect.Value) {
	for i := range fields {
		if f := &fields[i]; f.fallback != "" {
			d.value(f.key, &node{kind: scalarNode, text: f.fallback, scalar: f.fallback}, v.FieldByIndex(f.index), f)
		}
	}
}

// slice decodes a list. A single text is a list too: of its parts between
// commas, or, where the items are structures, of what it holds as JSON.
func (d *decoder) slice(path string, n *node, v reflect.Value, f *field) {
	elem := v.Type().Elem()
	switch {
	case n.kind == scalarNode && elem == anyType:
		// The value of a claim may hold commas, as distinguished names do.
		n = &node{kind: listNode, list: []*node{n}, at: n.at}
	case n.kind == scalarNode && (elem.Kind() == reflect.Struct || strings.HasPrefix(strings.TrimSpace(n.text), "[")):
		n = d.embedded(path, n, "a list, written as JSON")
	case n.kind == scalarNode:
		n = split(n)
	}
	if n.kind == nullNode {
		return
	}
	if n.kind != listNode {
		d.fail(path, n, n.noun(), "a list", "")
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.list), len(n.list))
	for i, each := range n.list {
		d.places[item(path, i)] = each.at
		if each.kind == nullNode {
			d.fail(item(path, i), each, "nothing", "an item of a list", "")
			continue
		}
		d.value(item(path, i), each, list.Index(i), f)
	}
	v.Set(list)
}

func split(n *node) *node {
	list := &node{kind: listNode, at: n.at}
	for part := range strings.SplitSeq(n.text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list.list = append(list.list, &node{kind: scalarNode, text: part, scalar: part, at: n.at})
		}
	}
	return list
}

// embedded parses the text of n, which comes from the environment or stands in
// quotes. The text is not shown: it may hold secrets.
func (d *decoder) embedded(path string, n *node, expected string) *node {
	parsed, faults := parse([]byte(n.text), n.at)
	if len(faults) > 0 || parsed.kind != listNode && parsed.kind != mapNode {
		d.fail(path, n, "the text", expected, "")
		return &node{at: n.at}
	}
	parsed.placed(n.at)
	return parsed
}

// placed moves n and all under it to one place.
func (n *node) placed(at place) {
	n.at = at
	for _, v := range n.list {
		v.placed(at)
	}
	for i := range n.entries {
		n.entries[i].at = at
		n.entries[i].value.placed(at)
	}
}

// mapping decodes a map. Keys keep their case: they are names of headers,
// claims and parameters.
func (d *decoder) mapping(path string, n *node, v reflect.Value, f *field) {
	if n.kind == scalarNode {
		n = d.embedded(path, n, "a map, written as JSON")
	}
	if n.kind == nullNode {
		return
	}
	if n.kind != mapNode {
		d.fail(path, n, n.noun(), "a map", "")
		return
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.entries))
	for _, e := range n.entries {
		value := reflect.New(v.Type().Elem()).Elem()
		d.places[join(path, e.key)] = e.at
		d.value(join(path, e.key), e.value, value, f)
		m.SetMapIndex(reflect.ValueOf(e.key), value)
	}
	v.Set(m)
}

// free remembers the places inside a value whose form others know.
func (d *decoder) free(path string, n *node) {
	for i, each := range n.list {
		d.places[item(path, i)] = each.at
		d.free(item(path, i), each)
	}
	for _, e := range n.entries {
		d.places[join(path, e.key)] = e.at
		d.free(join(path, e.key), e.value)
	}
}

func (d *decoder) scalar(path string, n *node, v reflect.Value, f *field) {
	if n.kind != scalarNode {
		d.fail(path, n, n.noun(), "a single value", "")
		return
	}
	switch v.Kind() {
	case reflect.String:
		d.text(path, n, v, f)
	case reflect.Bool:
		on, err := strconv.ParseBool(strings.ToLower(n.text))
		if err != nil {
			d.fail(path, n, quote(n.text), "true or false", "")
			return
		}
		v.SetBool(on)
	case reflect.Int:
		i, err := strconv.ParseInt(n.text, 10, 32)
		if err != nil {
			d.fail(path, n, quote(n.text), "a whole number", "")
			return
		}
		v.SetInt(i)
	default:
		panic("config: no decoding for " + v.Type().String())
	}
}

func (d *decoder) text(path string, n *node, v reflect.Value, f *field) {
	if v.Type() == secretType {
		v.SetString(n.text)
		return
	}
	choice, ok := f.choose(n.text)
	if !ok {
		d.fail(path, n, quote(n.text), oneOf(f.enum), settings.Suggest(n.text, f.enum))
		return
	}
	v.SetString(choice)
}

func (d *decoder) duration(path string, n *node, v reflect.Value) {
	if n.kind != scalarNode {
		d.fail(path, n, n.noun(), `a duration such as "30s"`, "")
		return
	}
	took, err := time.ParseDuration(n.text)
	if err != nil {
		d.fail(path, n, quote(n.text), `a duration such as "30s"`, durationHint(n.text))
		return
	}
	if took < 0 {
		d.fail(path, n, quote(n.text), "a duration of 0 or more", "")
		return
	}
	v.SetInt(int64(took))
}

func durationHint(text string) string {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 10_000 {
			return settings.DidYouMean(fmt.Sprintf("%dh", n*24))
		}
	}
	if _, err := strconv.Atoi(text); err == nil {
		return settings.DidYouMean(text + "s")
	}
	return ""
}

func (d *decoder) url(path string, n *node, v reflect.Value, f *field) {
	if n.kind != scalarNode {
		d.fail(path, n, n.noun(), "a URL", "")
		return
	}
	text := n.text
	if f.bare != "" && text != "" && !strings.Contains(text, "/") {
		text = f.bare + "://" + text
	}
	if text == "" {
		return
	}
	u, hint, ok := parseURL(text)
	if !ok {
		d.fail(path, n, quoteURL(n.text), "a URL", hint)
		return
	}
	v.Set(reflect.ValueOf(u))
}

// oneOf says which values are allowed.
func oneOf(values []string) string {
	var known []string
	for _, v := range values {
		if v != "" {
			known = append(known, v)
		}
	}
	if len(known) == 1 {
		return known[0]
	}
	return "one of " + strings.Join(known, ", ")
}

// quote shows a value, shortened if it is long.
func quote(text string) string {
	if len(text) > 120 {
		text = text[:120] + "…"
	}
	return strconv.Quote(text)
}

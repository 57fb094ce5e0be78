package config

import (
	"reflect"
	"strings"
)

// field is one key that a struct of the tree knows.
type field struct {
	key      string
	index    []int
	typ      reflect.Type
	fallback string   // the default, in the form that an environment variable has
	enum     []string // the values that are allowed; empty for any
	prefix   string   // what Pomerium's long names of these values begin with
	alias    map[string]string
	bare     string // the scheme that a URL gets if it is written without one
}

// fieldsOf returns the keys of a struct in the order of its fields; the fields
// of an embedded struct count as its own.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		key := f.Tag.Get("key")
		if key == "" {
			continue
		}
		fields = append(fields, field{
			key: key, index: f.Index, typ: f.Type,
			fallback: f.Tag.Get("default"),
			enum:     splitTag(f.Tag, "enum"),
			prefix:   f.Tag.Get("prefix"),
			alias:    aliases(f.Tag),
			bare:     f.Tag.Get("bare"),
		})
	}
	return fields
}

func splitTag(tag reflect.StructTag, name string) []string {
	if text, ok := tag.Lookup(name); ok {
		return strings.Split(text, ",")
	}
	return nil
}

func aliases(tag reflect.StructTag) map[string]string {
	m := map[string]string{}
	for _, pair := range splitTag(tag, "alias") {
		from, to, _ := strings.Cut(pair, "=")
		m[from] = to
	}
	return m
}

// choose returns the allowed value that text means. As in Pomerium the case of
// letters and the common prefix of the long names do not matter, and neither
// do underscores.
func (f *field) choose(text string) (string, bool) {
	if len(f.enum) == 0 {
		return text, true
	}
	text = strings.ToLower(text)
	if to, ok := f.alias[text]; ok {
		return to, true
	}
	for _, allowed := range f.enum {
		if squash(text) == squash(allowed) || squash(text) == squash(f.prefix+allowed) && allowed != "" {
			return allowed, true
		}
	}
	return "", false
}

func squash(text string) string { return strings.ReplaceAll(strings.ToLower(text), "_", "") }

// keysOf returns the names of the keys of a struct.
func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

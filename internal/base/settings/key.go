package settings

import (
	"reflect"
	"strings"
)

// key is one key of a struct: a field with the tag "key".
type key struct {
	name     string
	index    []int
	typ      reflect.Type
	fallback string            // the default, written as in a variable
	enum     []string          // the allowed values; empty: all values
	prefix   string            // a text that may precede each allowed value
	alias    map[string]string // other words for allowed values
	bare     string            // the scheme of a URL that is written without one
	base64   bool              // the variable of the key holds base64 of a YAML list
}

// keysOf returns the keys of a struct in the order of its fields. The keys of
// an embedded struct count as its own.
func keysOf(t reflect.Type) []key {
	var keys []key
	for _, f := range reflect.VisibleFields(t) {
		name := f.Tag.Get("key")
		if name == "" {
			continue
		}
		keys = append(keys, key{
			name: name, index: f.Index, typ: f.Type,
			fallback: f.Tag.Get("default"),
			enum:     splitTag(f.Tag, "enum"),
			prefix:   f.Tag.Get("prefix"),
			alias:    aliases(f.Tag),
			bare:     f.Tag.Get("bare"),
			base64:   f.Tag.Get("env") == "base64",
		})
	}
	return keys
}

func splitTag(tag reflect.StructTag, name string) []string {
	if text, ok := tag.Lookup(name); ok {
		return strings.Split(text, ",")
	}
	return nil
}

func aliases(tag reflect.StructTag) map[string]string {
	pairs := splitTag(tag, "alias")
	if len(pairs) == 0 {
		return nil
	}
	m := map[string]string{}
	for _, pair := range pairs {
		from, to, _ := strings.Cut(pair, "=")
		m[from] = to
	}
	return m
}

// choose returns the allowed value that text means.
func (k *key) choose(text string) (string, bool) {
	if len(k.enum) == 0 {
		return text, true
	}
	if to, ok := k.alias[strings.ToLower(text)]; ok {
		return to, true
	}
	for _, allowed := range k.enum {
		if Same(text, allowed) || allowed != "" && Same(text, k.prefix+allowed) {
			return allowed, true
		}
	}
	return "", false
}

// Same reports whether two words are one value of an enum: upper and lower case
// are the same, and underscores do not count.
func Same(a, b string) bool { return squash(a) == squash(b) }

func squash(text string) string { return strings.ReplaceAll(strings.ToLower(text), "_", "") }

// namesOf returns the names of keys.
func namesOf(keys []key) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

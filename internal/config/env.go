package config

import (
	"encoding/base64"
	"reflect"
	"strings"
)

// overlay lays environment variables over the file: the variable of a key
// replaces what the file says of it. Pomerium: a variable is the key in upper
// case, parts joined by an underscore; an empty one counts as not set.
func overlay(root *node, env map[string]string, d *decoder) {
	if root.kind == nullNode {
		*root = node{kind: mapNode, at: root.at}
	}
	if root.kind != mapNode {
		return
	}
	overlayStruct(root, configType, "", "", env, d)
	overlayHeaders(root, env)
	refuseForeign(root, env)
}

func overlayStruct(n *node, t reflect.Type, path, prefix string, env map[string]string, d *decoder) {
	for _, f := range fieldsOf(t) {
		name := prefix + strings.ToUpper(f.key)
		if inner := f.typ; inner != urlType && inner.Kind() == reflect.Pointer {
			overlayInner(n, f.key, inner.Elem(), join(path, f.key), name, env, d)
			continue
		}
		text := env[name]
		if text == "" {
			continue
		}
		n.put(f.key, variable(name, text, f, d))
	}
}

// overlayInner overlays a structure under a key, which comes into being if the
// environment names one of its keys.
func overlayInner(n *node, key string, t reflect.Type, path, name string, env map[string]string, d *decoder) {
	inner := n.get(key)
	fresh := inner == nil || inner.kind == nullNode
	if fresh {
		inner = &node{kind: mapNode}
	}
	if inner.kind != mapNode {
		return
	}
	overlayStruct(inner, t, path, name+"_", env, d)
	if fresh && len(inner.entries) > 0 {
		inner.at = inner.entries[0].at
		n.put(key, inner)
	}
}

func variable(name, text string, f field, d *decoder) *node {
	n := scalarFrom(name, text)
	if f.typ == reflect.TypeFor[[]Route]() {
		return encodedRoutes(f.key, n, d)
	}
	return n
}

func scalarFrom(name, text string) *node {
	return &node{kind: scalarNode, text: text, scalar: text, at: place{variable: name}}
}

// encodedRoutes reads POLICY and ROUTES. Pomerium: base64 of a YAML list.
func encodedRoutes(path string, n *node, d *decoder) *node {
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(n.text))
	if err != nil {
		d.fail(path, n, "the text", "base64 of a YAML list of routes", "")
		return &node{at: n.at}
	}
	list, faults := parse(data, n.at)
	for _, f := range faults {
		f.Path = path
		d.faults = append(d.faults, f)
	}
	return list
}

// overlayHeaders reads HEADERS. Pomerium: a JSON object, or K:V,K2:V2; becomes
// set_response_headers.
func overlayHeaders(root *node, env map[string]string) {
	text := strings.TrimSpace(env["HEADERS"])
	if text == "" {
		return
	}
	n := scalarFrom("HEADERS", text)
	if !strings.HasPrefix(text, "{") {
		n = &node{kind: mapNode, at: n.at}
		for pair := range strings.SplitSeq(text, ",") {
			name, value, _ := strings.Cut(pair, ":")
			n.put(strings.TrimSpace(name), scalarFrom("HEADERS", strings.TrimSpace(value)))
		}
	}
	root.put("set_response_headers", n)
}

// refuseForeign carries those variables into the tree that would be refused as
// keys: what they ask for would be missing without a word.
func refuseForeign(root *node, env map[string]string) {
	for _, f := range append(removedKeys(), refusedKeys()...) {
		if f.Route || env[strings.ToUpper(f.Key)] == "" {
			continue
		}
		name := strings.ToUpper(f.Key)
		root.put(f.Key, scalarFrom(name, env[name]))
	}
	// The keys of this structure are all that it can have in the environment.
	for _, name := range sortedKeys(env) {
		if strings.HasPrefix(name, "DOWNSTREAM_MTLS_") && env[name] != "" {
			root.put("downstream_mtls", scalarFrom(name, env[name]))
		}
	}
}

// environment makes a map of a list of NAME=value.
func environment(list []string) map[string]string {
	env := make(map[string]string, len(list))
	for _, pair := range list {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return env
}

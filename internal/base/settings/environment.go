package settings

import (
	"encoding/base64"
	"reflect"
	"strings"
)

// Overlay lays environment variables over the tree: the variable of a key
// replaces the value in the file. The type of into, a pointer to a struct,
// gives the keys. An empty variable counts as not set. Overlay does nothing if
// the file has faults.
func (d *Document) Overlay(into any) {
	if len(d.faults) > 0 {
		return
	}
	if d.Root.Kind == Null {
		d.Root = &Node{Kind: Map, Place: d.Root.Place}
	}
	if d.Root.Kind == Map {
		d.overlay(d.Root, reflect.TypeOf(into).Elem(), "", "")
	}
}

// overlay lays the variables of the keys of t over n, a map at path. The names
// of the variables begin with prefix.
func (d *Document) overlay(n *Node, t reflect.Type, path, prefix string) {
	for _, k := range keysOf(t) {
		variable := prefix + strings.ToUpper(k.name)
		if isStruct(k.typ) {
			if !d.anyVariable(variable + "_") {
				continue
			}
			d.overlayStruct(n, k, Join(path, k.name), variable)
		} else if d.env[variable] != "" {
			n.Put(k.name, d.variable(k, Join(path, k.name), variable))
		}
	}
}

// anyVariable reports whether the name of any variable begins with prefix.
func (d *Document) anyVariable(prefix string) bool {
	for name := range d.env {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// isStruct reports whether t is a pointer to a struct with keys.
func isStruct(t reflect.Type) bool {
	return t != urlType && t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

// overlayStruct lays variables over the struct of the key k in n. If n has no
// value for k, the struct is made as soon as a variable names one of its keys.
func (d *Document) overlayStruct(n *Node, k key, path, variable string) {
	inner := n.Get(k.name)
	missing := inner == nil || inner.Kind == Null
	if missing {
		inner = &Node{Kind: Map}
	}
	if inner.Kind != Map {
		return
	}
	d.overlay(inner, k.typ.Elem(), path, variable+"_")
	if missing && len(inner.Entries) > 0 {
		inner.Place = inner.Entries[0].Place
		n.Put(k.name, inner)
	}
}

// variable returns the value of an environment variable.
func (d *Document) variable(k key, path, name string) *Node {
	n := Text(d.env[name], Place{Variable: name})
	if k.base64 {
		return d.encoded(path, n)
	}
	return n
}

// encoded reads base64 of a YAML list.
func (d *Document) encoded(path string, n *Node) *Node {
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(n.Text))
	if err != nil {
		d.Fail(path, n.Place, "the text", "base64 of a YAML list", "")
		return &Node{Place: n.Place}
	}
	list, faults := parse(data, n.Place)
	for _, f := range faults {
		f.Path = path
		d.faults = append(d.faults, f)
	}
	return list
}

// environment returns a list of NAME=value as a map.
func environment(list []string) map[string]string {
	env := make(map[string]string, len(list))
	for _, pair := range list {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return env
}

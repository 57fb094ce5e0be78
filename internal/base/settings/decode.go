package settings

import (
	"net/url"
	"reflect"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
)

// SelfDecoder is a type that decodes itself, because its values can be written
// in more than one form. It reports faults with [Document.Fail], and is not
// called for null.
type SelfDecoder interface {
	DecodeSetting(d *Document, path string, n *Node)
}

// Placed is a struct that is told where it stands. SetPlace is called after its
// keys were decoded.
type Placed interface {
	SetPlace(path string, at Place)
}

var (
	secretType   = reflect.TypeFor[seal.Secret]()
	urlType      = reflect.TypeFor[*url.URL]()
	durationType = reflect.TypeFor[time.Duration]()
	anyType      = reflect.TypeFor[any]()
)

// Decode fills into, a pointer to a struct, from the tree. A value with a fault
// keeps its default. Decode panics if a default in a tag is wrong, or if the
// type of a field is not one that the package decodes.
func (d *Document) Decode(into any) {
	d.value("", d.Root, reflect.ValueOf(into).Elem(), &key{})
}

// Value decodes n, the value at path, into the variable that into points to.
// Null leaves the variable as it is.
func (d *Document) Value(path string, n *Node, into any) {
	d.value(path, n, reflect.ValueOf(into).Elem(), &key{})
}

func (d *Document) value(path string, n *Node, v reflect.Value, k *key) {
	if n.Kind == Null {
		return
	}
	if self, ok := v.Addr().Interface().(SelfDecoder); ok {
		self.DecodeSetting(d, path, n)
		return
	}
	switch t := v.Type(); {
	case t == urlType:
		d.url(path, n, v, k)
	case t == durationType:
		d.duration(path, n, v)
	case t == anyType:
		d.markAll(path, n)
		v.Set(reflect.ValueOf(n.plain()))
	case t.Kind() == reflect.Pointer:
		d.pointer(path, n, v, k)
	case t.Kind() == reflect.Struct:
		d.structure(path, n, v)
	case t.Kind() == reflect.Slice:
		d.slice(path, n, v, k)
	case t.Kind() == reflect.Map:
		d.mapping(path, n, v, k)
	default:
		d.scalar(path, n, v, k)
	}
}

func (d *Document) pointer(path string, n *Node, v reflect.Value, k *key) {
	if v.Type().Elem().Kind() == reflect.Struct && n.Kind != Map {
		d.Fail(path, n.Place, n.Kind.Noun(), "a map of keys", "")
		return
	}
	v.Set(reflect.New(v.Type().Elem()))
	d.value(path, n, v.Elem(), k)
}

func (d *Document) structure(path string, n *Node, v reflect.Value) {
	s := d.shapeOf(v.Type())
	s.setDefaults(v)
	if n.Kind != Map {
		d.Fail(path, n.Place, n.Kind.Noun(), "a map of keys", "")
		return
	}
	seen := map[string]bool{}
	for _, e := range n.Entries {
		name := strings.ToLower(e.Key)
		if seen[name] {
			d.Fail(Join(path, name), e.Place, "the key is written twice in the same map", "", "upper and lower case make no difference")
			continue
		}
		seen[name] = true
		d.entry(Join(path, name), name, e, s.keys, v)
	}
	if placed, ok := v.Addr().Interface().(Placed); ok {
		placed.SetPlace(path, n.Place)
	}
}

// entry decodes one key of a struct with its value.
func (d *Document) entry(path, name string, e Entry, keys []key, v reflect.Value) {
	for i := range keys {
		if k := &keys[i]; k.name == name {
			d.trail.places.mark(path, e.Place)
			d.value(path, e.Value, v.FieldByIndex(k.index), k)
			return
		}
	}
	unknown := UnknownKey{Path: path, Key: name, Place: e.Place, Value: e.Value, In: v.Type()}
	if d.Unknown == nil || !d.Unknown(unknown) {
		known := namesOf(keys)
		if d.Also != nil {
			known = append(known, d.Also(unknown)...)
		}
		hint := Suggest(name, known)
		if hint == "" && d.Advise != nil {
			hint = d.Advise(unknown)
		}
		d.Fail(path, e.Place, "unknown key", "", hint)
	}
}

// markAll remembers the places inside a value that is taken as it is.
func (d *Document) markAll(path string, n *Node) {
	d.Each(path, n, d.markAll)
	for _, e := range n.Entries {
		at := Join(path, e.Key)
		d.trail.places.mark(at, e.Place)
		d.markAll(at, e.Value)
	}
}

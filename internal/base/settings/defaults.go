package settings

import "reflect"

// SetDefaults sets the fields of into, a pointer to a struct, to the defaults in
// their tags, as if it was decoded from a map without keys.
func SetDefaults(into any) {
	v := reflect.ValueOf(into).Elem()
	newShape(v.Type()).setDefaults(v)
}

// shape is what is known of a type of struct. A file with many routes has the struct of
// one as many times.
type shape struct {
	keys    []key
	presets []preset
}

// preset is a default in a tag.
type preset struct {
	key   *key
	value reflect.Value // what it means, or points to; invalid if it must be read each time
}

// shapeOf returns the shape of a struct.
func (d *Document) shapeOf(t reflect.Type) *shape {
	s, ok := d.shapes[t]
	if !ok {
		if d.shapes == nil {
			d.shapes = map[reflect.Type]*shape{}
		}
		s = newShape(t)
		d.shapes[t] = s
	}
	return s
}

func newShape(t reflect.Type) *shape {
	s := &shape{keys: keysOf(t)}
	for i := range s.keys {
		if k := &s.keys[i]; k.fallback != "" {
			p := preset{key: k}
			if isPlain(k.typ) || k.typ.Kind() == reflect.Pointer && isPlain(k.typ.Elem()) {
				p.value = reflect.New(k.typ).Elem()
				k.setDefault(t, p.value)
			}
			s.presets = append(s.presets, p)
		}
	}
	return s
}

// isPlain reports whether copies of a value have nothing in common.
func isPlain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64:
		return true
	}
	return false
}

// setDefaults sets the fields of v to the defaults in their tags.
func (s *shape) setDefaults(v reflect.Value) {
	for _, p := range s.presets {
		field := v.FieldByIndex(p.key.index)
		switch {
		case !p.value.IsValid():
			p.key.setDefault(v.Type(), field)
		case p.value.Kind() == reflect.Pointer:
			field.Set(reflect.New(p.value.Type().Elem())) // each struct has its own
			field.Elem().Set(p.value.Elem())
		default:
			field.Set(p.value)
		}
	}
}

// setDefault reads the default of a key of the struct in into v.
func (k *key) setDefault(in reflect.Type, v reflect.Value) {
	d := &Document{}
	d.value(k.name, Text(k.fallback, Place{}), v, k)
	if err := d.Err(); err != nil {
		panic("settings: the default in a tag of " + in.String() + ": " + err.Error())
	}
}

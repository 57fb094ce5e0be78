package accessapi

import (
	"bytes"
	"encoding/json"

	"gatehouse/internal/base/seal"
)

// field is one key of an object of type T, for both directions: how a body sets
// it, and how an answer shows it. A key that no field has is refused, and a
// field without show never appears in an answer.
type field[T any] struct {
	key      string
	settable bool // clients may choose the value
	// read sets the value in a draft. It also runs if the value is absent.
	read func(v value, draft *T)
	// show returns the value for answers. A nil function or result: the answer
	// does not have the key.
	show func(*T) any
}

// textField is a string that answers always show. at returns its place in the
// object.
func textField[T any](key string, at func(*T) *string) field[T] {
	return field[T]{
		key: key, settable: true,
		read: func(v value, draft *T) { v.text(at(draft)) },
		show: func(t *T) any { return *at(t) },
	}
}

// optionalTextField is a string that answers show unless it is empty.
func optionalTextField[T any](key string, at func(*T) *string) field[T] {
	f := textField(key, at)
	f.show = func(t *T) any {
		if *at(t) == "" {
			return nil
		}
		return *at(t)
	}
	return f
}

// secretField is a string that no answer shows.
func secretField[T any](key string, at func(*T) *seal.Secret) field[T] {
	return field[T]{
		key: key, settable: true,
		read: func(v value, draft *T) {
			var plain string
			v.text(&plain)
			*at(draft) = seal.Secret(plain)
		},
	}
}

// textListField is a list of strings that answers show unless it is empty.
func textListField[T any](key string, at func(*T) *[]string) field[T] {
	return field[T]{
		key: key, settable: true,
		read: func(v value, draft *T) { v.decode("a list of strings", at(draft)) },
		show: func(t *T) any {
			if len(*at(t)) == 0 {
				return nil
			}
			return *at(t)
		},
	}
}

// boolField is a boolean that answers always show.
func boolField[T any](key string, at func(*T) *bool) field[T] {
	return field[T]{
		key: key, settable: true,
		read: func(v value, draft *T) { v.decode("true or false", at(draft)) },
		show: func(t *T) any { return *at(t) },
	}
}

// optionalBoolField is a boolean that answers show only if it is true.
func optionalBoolField[T any](key string, at func(*T) *bool) field[T] {
	f := boolField(key, at)
	f.show = func(t *T) any {
		if !*at(t) {
			return nil
		}
		return true
	}
	return f
}

// objectField is a required object with fields of its own.
func objectField[T, U any](key string, at func(*T) *U, fields []field[U]) field[T] {
	return field[T]{
		key: key, settable: true,
		read: func(v value, draft *T) {
			if v.absent() {
				v.fault("is required")
				return
			}
			given, err := object(v.raw)
			if err != nil {
				v.fault("can't be read: %v", err)
				return
			}
			readFields(v.reading, v.path, given, fields, at(draft))
		},
		show: func(t *T) any { return shown(fields, at(t)) },
	}
}

// assignedField is a string that the server chooses. Clients send back what they
// read, so a body may repeat the value. expected returns the value that a body
// may have; show is the value in answers, nil if answers do not have the key.
func assignedField[T any](key string, expected func(*reading) string, show func(*T) any) field[T] {
	return field[T]{
		key: key, show: show,
		read: func(v value, _ *T) {
			var got string
			if !v.absent() && (json.Unmarshal(v.raw, &got) != nil || got != "" && got != expected(v.reading)) {
				v.fault("is given by the server and can't be chosen")
			}
		},
	}
}

// ofPath is the expected value of an id: the one in the path of the request.
func ofPath(rd *reading) string { return rd.id }

// ignoredField is a key that the server chooses, whatever a body says.
func ignoredField[T any](key string, show func(*T) any) field[T] {
	return field[T]{key: key, read: func(value, *T) {}, show: show}
}

// unsupportedField is a key that bodies may have with null only. why is the rest of
// the sentence that refuses it.
func unsupportedField[T any](key, why string) field[T] {
	return field[T]{key: key, read: func(v value, _ *T) {
		if !v.absent() {
			v.fault("%s", why)
		}
	}}
}

// members is a JSON object whose keys have an order.
type members []member

type member struct {
	key   string
	value any
}

// shown returns an object as answers have it.
func shown[T any](fields []field[T], t *T) members {
	out := make(members, 0, len(fields))
	for _, f := range fields {
		if f.show == nil {
			continue
		}
		if v := f.show(t); v != nil {
			out = append(out, member{f.key, v})
		}
	}
	return out
}

// MarshalJSON implements [json.Marshaler].
func (ms members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range ms {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// asJSON keeps what it points to as JSON text in one column. For reading it
// needs a pointer.
type asJSON struct{ v any }

// Value implements [driver.Valuer].
func (j asJSON) Value() (driver.Value, error) {
	b, err := json.Marshal(j.v)
	return string(b), err
}

// Scan implements the reading half.
func (j asJSON) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("column with JSON has a %T", src)
	}
	return json.Unmarshal([]byte(text), j.v)
}

// asTime keeps a time as microseconds since 1970 UTC. The zero time is 0.
type asTime struct{ t *time.Time }

// Value implements [driver.Valuer].
func (a asTime) Value() (driver.Value, error) { return micros(*a.t), nil }

// Scan implements the reading half.
func (a asTime) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("column with a time has a %T", src)
	}
	*a.t = time.Time{}
	if n != 0 {
		*a.t = time.UnixMicro(n).UTC()
	}
	return nil
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// plainAll turns arguments into what both drivers take alike.
func plainAll(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, arg := range args {
		v, err := plain(arg)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func plain(arg any) (any, error) {
	switch v := arg.(type) {
	case nil, bool, int64:
		return v, nil
	case int:
		return int64(v), nil
	case string:
		return text(v)
	case []byte:
		if v == nil {
			return nil, nil // NULL, for both
		}
		return v, nil
	case time.Time:
		return micros(v), nil
	case driver.Valuer:
		inner, err := v.Value()
		if err != nil {
			return nil, err
		}
		return plain(inner)
	}
	return plainKind(reflect.ValueOf(arg))
}

// plainKind handles pointers, as the lists of fields have, and named types.
func plainKind(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return plain(v.Elem().Interface())
	case reflect.String:
		return text(v.String())
	case reflect.Int, reflect.Int64:
		return v.Int(), nil
	}
	return nil, fmt.Errorf("no column takes a %s", v.Type())
}

// text refuses what PostgreSQL can't keep, so that SQLite refuses it as well.
func text(s string) (any, error) {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return nil, ErrText
	}
	return s, nil
}

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

// asJSON stores v as JSON text in one column. To read the column, v must be a
// pointer.
type asJSON struct{ v any }

// Value implements [driver.Valuer].
func (j asJSON) Value() (driver.Value, error) {
	b, err := json.Marshal(j.v)
	return string(b), err
}

// Scan implements [sql.Scanner].
func (j asJSON) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("want text in a JSON column, got a %T", src)
	}
	return json.Unmarshal([]byte(text), j.v)
}

// asTime stores a time as microseconds since 1970 UTC. The zero time is stored
// as 0.
type asTime struct{ t *time.Time }

// Value implements [driver.Valuer].
func (a asTime) Value() (driver.Value, error) { return micros(*a.t), nil }

// Scan implements [sql.Scanner].
func (a asTime) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("want an integer in a time column, got a %T", src)
	}
	*a.t = time.Time{}
	if n != 0 {
		*a.t = time.UnixMicro(n).UTC()
	}
	return nil
}

// micros returns t as it is stored.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// driverValues converts the arguments of a statement with [driverValue].
func driverValues(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, arg := range args {
		v, err := driverValue(arg)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// driverValue converts an argument to a value that both drivers store alike.
func driverValue(arg any) (any, error) {
	switch v := arg.(type) {
	case nil, bool, int64:
		return v, nil
	case int:
		return int64(v), nil
	case string:
		return checkText(v)
	case []byte:
		if v == nil {
			return nil, nil // NULL in both databases
		}
		return v, nil
	case time.Time:
		return micros(v), nil
	case driver.Valuer:
		inner, err := v.Value()
		if err != nil {
			return nil, err
		}
		return driverValue(inner)
	}
	return driverValueOfKind(reflect.ValueOf(arg))
}

// driverValueOfKind converts pointers, which the field lists contain, and values
// of named types.
func driverValueOfKind(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return driverValue(v.Elem().Interface())
	case reflect.String:
		return checkText(v.String())
	case reflect.Uint32:
		return int64(v.Uint()), nil
	case reflect.Int, reflect.Int64:
		return v.Int(), nil
	}
	return nil, fmt.Errorf("no column takes a %s", v.Type())
}

// checkText returns s, or [ErrText] if PostgreSQL cannot store s. It applies to
// both databases, so that they behave alike.
func checkText(s string) (any, error) {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return nil, ErrText
	}
	return s, nil
}

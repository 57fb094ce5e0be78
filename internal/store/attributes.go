package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
)

// asAttributes stores a user's attributes as a JSON object in one column. Every
// list reads them for every user. Therefore Scan reads the usual form with
// flatObject, which is faster than encoding/json.
type asAttributes struct{ m *map[string]string }

// Value implements [driver.Valuer].
func (a asAttributes) Value() (driver.Value, error) {
	if *a.m == nil {
		return "{}", nil
	}
	return asJSON{*a.m}.Value()
}

// Scan implements [sql.Scanner].
func (a asAttributes) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("want text in the column of attributes, got a %T", src)
	}
	if m, ok := flatObject(text); ok {
		*a.m = m
		return nil
	}
	*a.m = map[string]string{}
	return json.Unmarshal([]byte(text), a.m)
}

// flatObject reads a JSON object whose values are all strings, without white
// space and escapes. It returns false for any other text.
func flatObject(text string) (map[string]string, bool) {
	rest, ok := strings.CutPrefix(text, "{")
	if !ok {
		return nil, false
	}
	m := make(map[string]string, 8)
	if rest == "}" {
		return m, true
	}
	for {
		var name, value string
		if name, rest, ok = flatText(rest, `":`); !ok {
			return nil, false
		}
		if value, rest, ok = flatText(rest, `"`); !ok {
			return nil, false
		}
		m[name] = value
		switch {
		case rest == "}":
			return m, true
		case !strings.HasPrefix(rest, ","):
			return nil, false
		}
		rest = rest[1:]
	}
}

// flatText reads a quoted string from the start of s. end is the quote and the
// text that must follow it. rest is the text after end.
func flatText(s, end string) (text, rest string, ok bool) {
	if s, ok = strings.CutPrefix(s, `"`); !ok {
		return "", "", false
	}
	i := strings.IndexByte(s, '"')
	if i < 0 || !strings.HasPrefix(s[i:], end) {
		return "", "", false
	}
	for _, c := range []byte(s[:i]) {
		if c == '\\' || c < ' ' {
			return "", "", false
		}
	}
	return s[:i], s[i+len(end):], true
}

package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
)

// asAttributes keeps a user's attributes as a JSON object in one column. They
// are read for every user of every list, so the form in which we write them is
// read without the general decoder.
type asAttributes struct{ m *map[string]string }

// Value implements [driver.Valuer].
func (a asAttributes) Value() (driver.Value, error) {
	if *a.m == nil {
		return "{}", nil
	}
	return asJSON{*a.m}.Value()
}

// Scan implements the reading half.
func (a asAttributes) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("column with attributes has a %T", src)
	}
	if m, ok := flatObject(text); ok {
		*a.m = m
		return nil
	}
	*a.m = map[string]string{}
	return json.Unmarshal([]byte(text), a.m)
}

// flatObject reads a JSON object of texts, without white space and without
// escapes. It says no to everything else.
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

// flatText cuts a quoted text off, up to its end.
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

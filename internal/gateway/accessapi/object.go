package accessapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// object reads a JSON object strictly. Key names are case-sensitive, a key may
// appear once, and no text may follow the object. It refuses every text that
// two JSON readers could understand differently.
func object(text []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	if !json.Valid(text) {
		return nil, errNotJSON
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("it is not a JSON object")
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errNotJSON
		}
		key, _ := name.(string) // in an object it is a string
		if _, twice := members[key]; twice {
			return nil, fmt.Errorf("the key %q appears twice", key)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errNotJSON
		}
		members[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, errNotJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text follows the object")
	}
	return members, nil
}

var errNotJSON = errors.New("it is not JSON")

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

package relyingparty

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
)

// unmarshal is json.Unmarshal, but keeps the numbers of a claim as they were
// written. An id can have more digits than a float64 can hold.
func unmarshal(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one value")
	}
	return nil
}

// unite adds to claims those claims of more whose names are not taken.
func unite(claims, more map[string]any) {
	before := maps.Clone(claims)
	for name, value := range more {
		if _, ok := claims[name]; !ok {
			claims[name] = value
		}
	}
	for _, k := range addressKinds {
		k.unite(claims, before, more)
	}
}

// nameGroups makes the groups that a provider names in the claim from the claim
// groups, unless the person has one. Without that claim the person has no groups.
func nameGroups(claims map[string]any, from string) {
	if from == "" {
		return
	}
	if _, has := claims["groups"]; has {
		return
	}
	claims["groups"] = []any{}
	if groups, named := claims[from]; named {
		claims["groups"] = groups
	}
}

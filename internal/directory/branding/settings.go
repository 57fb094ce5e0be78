package branding

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// defaultSettings are the settings of the default look.
//
//go:embed defaults.json
var defaultSettings []byte

// maxNesting is how deep the objects of settings may lie in each other.
const maxNesting = 16

// parts are the nodes of settings, down to the level at which they are listed.
// Cognito: the settings of the branding editor.
var parts = map[string][]string{
	"categories":       {"auth", "form", "global", "signUp"},
	"componentClasses": {"buttons", "divider", "dropDown", "focusState", "idpButtons", "input", "inputDescription", "inputLabel", "link", "optionControls", "statusIndicator"},
	"components":       {"alert", "favicon", "form", "idpButton", "pageBackground", "pageFooter", "pageHeader", "pageText", "phoneNumberSelector", "primaryButton", "secondaryButton"},
}

// node is an object of settings.
type node = map[string]any

// parseSettings reads settings, which are one object without a name twice.
func parseSettings(text []byte) (node, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err := readValue(dec, 0)
	if err != nil {
		return nil, ErrStyle.Saying("Invalid settings provided. The document cannot be read: %s.", err)
	}
	root, ok := v.(node)
	if _, err := dec.Token(); !ok || !errors.Is(err, io.EOF) {
		return nil, ErrStyle.Saying("Invalid settings provided. The document is not one object.")
	}
	return root, nil
}

// readValue reads a value of which each object has a name once.
func readValue(dec *json.Decoder, depth int) (any, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("its objects lie more than %d deep in each other", maxNesting)
	}
	token, err := dec.Token()
	if err != nil {
		return nil, errors.New("it is not JSON")
	}
	switch token {
	case json.Delim('{'):
		return readObject(dec, depth)
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := readValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.Token()
		return list, err
	}
	return token, nil
}

func readObject(dec *json.Decoder, depth int) (node, error) {
	object := node{}
	for dec.More() {
		token, err := dec.Token()
		name, isText := token.(string)
		if err != nil || !isText {
			return nil, errors.New("it is not JSON")
		}
		if _, twice := object[name]; twice {
			return nil, fmt.Errorf("%q stands in an object twice", name)
		}
		if object[name], err = readValue(dec, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token()
	return object, err
}

// checkSettings checks the nodes of settings down to the level that is listed.
// ErrStyle, which names every unknown one.
func checkSettings(text []byte) error {
	root, err := parseSettings(text)
	if err != nil {
		return err
	}
	var broken []string
	say := func(path, kind string) {
		broken = append(broken, fmt.Sprintf("{property: %s, errorType: %s}", path, kind))
	}
	for _, name := range slices.Sorted(maps.Keys(root)) {
		path := "$." + name
		known, isPart := parts[name]
		group, isObject := root[name].(node)
		switch {
		case !isPart:
			say(path, "UnknownProperty")
		case !isObject:
			say(path, "InvalidType")
		}
		if !isPart {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(group)) {
			if !slices.Contains(known, name) {
				say(path+"."+name, "UnknownProperty")
			} else if _, isObject := group[name].(node); !isObject {
				say(path+"."+name, "InvalidType")
			}
		}
	}
	if len(broken) > 0 {
		return ErrStyle.Saying("Invalid settings provided. Validation errors: [%s]", strings.Join(broken, ", "))
	}
	return nil
}

// merged returns the settings of below with those of above in their place: objects
// member by member, everything else as a whole. Nil means no settings.
func merged(below, above json.RawMessage) (json.RawMessage, error) {
	if below == nil && above == nil {
		return nil, nil
	}
	all := node{}
	for _, text := range []json.RawMessage{below, above} {
		if text == nil {
			continue
		}
		settings, err := parseSettings(text)
		if err != nil {
			return nil, err
		}
		lay(all, settings)
	}
	return json.Marshal(all)
}

func lay(below, above node) {
	for name, value := range above {
		under, wasObject := below[name].(node)
		over, isObject := value.(node)
		if wasObject && isObject {
			lay(under, over)
		} else {
			below[name] = value
		}
	}
}

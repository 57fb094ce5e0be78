package settings

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/BurntSushi/toml"
)

// parseTOML reads TOML. The library says no lines but that of an error, so that all
// values have the place at.
func parseTOML(data []byte, at Place) (*Node, []Fault) {
	if len(data) > maxBytes || depth(data) > maxDepth {
		return &Node{Place: at}, []Fault{{Place: at, Found: "the file holds too many values, or they nest too deeply"}}
	}
	var values map[string]any
	if err := toml.Unmarshal(data, &values); err != nil {
		f := Fault{Place: at, Found: "the text", Expected: "TOML"} // the error's words may show values
		var where toml.ParseError
		if errors.As(err, &where) {
			f.Line = where.Position.Line
		}
		return &Node{Place: at}, []Fault{f}
	}
	return nodeOf(values, at), nil
}

// nodeOf turns a value of the TOML library into a Node.
func nodeOf(value any, at Place) *Node {
	switch v := value.(type) {
	case map[string]any:
		m := &Node{Kind: Map, Place: at}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			m.Entries = append(m.Entries, Entry{Key: key, Place: at, Value: nodeOf(v[key], at)})
		}
		return m
	case []map[string]any:
		return listOf(v, at)
	case []any:
		return listOf(v, at)
	case bool:
		return &Node{Kind: Scalar, Text: strconv.FormatBool(v), scalar: v, Place: at}
	case int64:
		return &Node{Kind: Scalar, Text: strconv.FormatInt(v, 10), scalar: v, Place: at}
	case float64:
		return &Node{Kind: Scalar, Text: strconv.FormatFloat(v, 'f', -1, 64), scalar: v, Place: at}
	case time.Time:
		return Text(v.Format(time.RFC3339Nano), at)
	case string:
		return Text(v, at)
	}
	return &Node{Place: at}
}

func listOf[T any](items []T, at Place) *Node {
	list := &Node{Kind: List, Place: at}
	for _, item := range items {
		list.Items = append(list.Items, nodeOf(item, at))
	}
	return list
}

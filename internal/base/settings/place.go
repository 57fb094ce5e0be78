package settings

import (
	"fmt"
	"strconv"
	"strings"
)

// Place is where a value stands.
type Place struct {
	File     string // the file; empty if the value is in no file
	Line     int    // its line, from 1; 0 if unknown
	Variable string // the environment variable that holds the value, or empty
}

// String returns the place as people write it: "config.yaml:41".
func (p Place) String() string {
	switch {
	case p.Variable != "":
		return "environment variable " + p.Variable
	case p.File != "" && p.Line > 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return p.File
	}
}

// Join returns the path of a key in the map at path: "routes[3].to".
func Join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// Item returns the path of the i-th item of the list at path: "routes[3]".
func Item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// parent returns the path of the value that holds the one at path.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// within reports whether path is outer, or the path of a value inside outer.
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

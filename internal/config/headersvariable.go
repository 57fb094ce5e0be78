package config

import (
	"strings"

	"gatehouse/internal/base/settings"
)

// overlayHeaders reads the variable HEADERS into the key set_response_headers.
// Pomerium: the variable holds a JSON object, or Name:value,Name2:value2.
func overlayHeaders(doc *settings.Document) {
	n := variable(doc, "HEADERS")
	text := strings.TrimSpace(n.Text)
	if text == "" {
		return
	}
	if !strings.HasPrefix(text, "{") {
		n = headerPairs(text, n.Place)
	}
	doc.Root.Put("set_response_headers", n)
}

func headerPairs(text string, at settings.Place) *settings.Node {
	n := &settings.Node{Kind: settings.Map, Place: at}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(pair, ":")
		n.Put(strings.TrimSpace(name), settings.Text(strings.TrimSpace(value), at))
	}
	return n
}

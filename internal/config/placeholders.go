package config

import (
	"slices"
	"strings"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/settings"
)

// placeholder matches what a shell or a template puts a variable in place of. Two dollar
// signs stand for one, in headers.
var placeholder = pattern.New(`(?:^|[^$])(\$\{[A-Z_][A-Z0-9_]*\})`)

// placeholderIn returns the first placeholder in a text, or "".
func placeholderIn(text string) string {
	if found := placeholder.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// maxPlaceholders is how many places the warning names.
const maxPlaceholders = 5

// warnPlaceholders names the values that hold a placeholder. Pomerium: nothing is
// replaced in a file; it takes the text as it is.
func (c *Config) warnPlaceholders(root *settings.Node) {
	if !mayHold(root) {
		return
	}
	var found []string
	walk(root, "", func(path, text string) {
		if v := placeholderIn(text); v != "" {
			found = append(found, path+" ("+v+")")
		}
	})
	if len(found) == 0 {
		return
	}
	if len(found) > maxPlaceholders {
		found = append(found[:maxPlaceholders], "…")
	}
	c.Warnings = append(c.Warnings, strings.Join(found, ", ")+": not replaced by a variable of the environment, as at Pomerium: a key at the top has a variable of its own name, and ROUTES holds the routes; or fill the file in before it is read")
}

// mayHold reports whether any text in a tree may hold a placeholder. Most files have none,
// and need no paths for them.
func mayHold(n *settings.Node) bool {
	return n.Kind == settings.Scalar && strings.Contains(n.Text, "${") || slices.ContainsFunc(n.Items, mayHold) ||
		slices.ContainsFunc(n.Entries, func(e settings.Entry) bool { return mayHold(e.Value) })
}

// walk calls do for every text in a tree, with its path.
func walk(n *settings.Node, path string, do func(path, text string)) {
	for i, item := range n.Items {
		walk(item, settings.Item(path, i), do)
	}
	for _, e := range n.Entries {
		walk(e.Value, settings.Join(path, e.Key), do)
	}
	if n.Kind == settings.Scalar {
		do(path, n.Text)
	}
}

package proxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"gatehouse/internal/identity"
)

// addClaims adds the configured claim headers of a person. Pomerium: a claim that
// the person does not have gives an empty header, and commas join a list. What
// would arrive as another value is left out: a text with control characters or
// with spaces at its ends (RFC 9110 §5.5), and an element of a list that has a
// comma.
func (t *told) addClaims(id *identity.Identity, configured map[string]string) {
	var leftOut []string
	for _, name := range sortedKeys(configured) {
		text, complete := claimText(id, configured[name])
		name = textproto.CanonicalMIMEHeaderKey(name)
		if !headerFits(text) {
			leftOut = append(leftOut, name)
			continue
		}
		if !complete {
			leftOut = append(leftOut, name)
		}
		t.headers = append(t.headers, identityHeader{name, []string{text}})
	}
	t.leftOut = strings.Join(leftOut, ",")
}

// claimText returns a claim as text. If the provider did not send the claim, the
// identity's field of that name is used. complete is false if elements of a list
// are left out.
func claimText(id *identity.Identity, claim string) (text string, complete bool) {
	if said, ok := id.Claims.Get(claim); ok {
		values := said.List()
		return listText(values, len(values) > 1 || identity.IsGroupsClaim(claim) || slices.Contains(id.CommaLists, claim))
	}
	switch claim {
	case "email":
		return id.Email, true
	case "name":
		return id.Name, true
	case "sub", "user":
		return id.UserID, true
	case "sid":
		return id.SessionID, true
	case "groups":
		groups := make([]any, len(id.Groups))
		for i, g := range id.Groups {
			groups[i] = g
		}
		return listText(groups, true)
	}
	return "", true
}

// listText joins values. Of a list, it leaves out the elements that would read
// like others when joined.
func listText(values []any, isList bool) (text string, complete bool) {
	if !isList || slices.ContainsFunc(values, nested) {
		return joined(values), true
	}
	kept := slices.DeleteFunc(slices.Clone(values), func(v any) bool {
		s := valueText(v)
		return strings.Contains(s, ",") || !headerFits(s)
	})
	return joined(kept), len(kept) == len(values)
}

// joined returns a claim's values as one text. Values that are lists or objects
// are JSON; a list that has one beside others is JSON as a whole.
func joined(values []any) string {
	if len(values) > 1 && slices.ContainsFunc(values, nested) {
		return jsonText(values)
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = valueText(v)
	}
	return strings.Join(texts, ",")
}

func nested(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// valueText returns one value: a text as it is, everything else as JSON.
func valueText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return jsonText(v)
}

func jsonText(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v) // no value of a claim is one that JSON can't hold
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// headerFits reports whether a text arrives unchanged as the value of a header.
func headerFits(s string) bool {
	return !hasControl(s) && s == strings.Trim(s, " ")
}

func hasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
}

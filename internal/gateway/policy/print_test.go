package policy

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// printer is every condition: it prints its data as the language writes it.
// Only the tests print policies, to check that what parses means what it says.
type printer interface{ data() any }

// document prints rules as decoded YAML, in the shortest form that parses to
// the same tree.
func document(rules []rule) any {
	list := []any{}
	for _, r := range rules {
		printed := map[string]any{}
		if len(r.allow) > 0 {
			printed["allow"] = printGroups(r.allow)
		}
		if len(r.deny) > 0 {
			printed["deny"] = printGroups(r.deny)
		}
		list = append(list, printed)
	}
	return list
}

func printGroups(groups []group) any {
	printed := map[string]any{}
	for _, g := range groups {
		list := []any{}
		for _, c := range g.criteria {
			list = append(list, map[string]any{c.name(): c.cond.(printer).data()})
		}
		printed[g.op] = list
	}
	return printed
}

func (f fixed) data() any { return true }

func (m listMatcher) data() any {
	printed := map[string]any{}
	for _, t := range m {
		printed[t.op] = t.values[0].value()
	}
	return printed
}

func (m textMatcher) data() any {
	printed := map[string]any{}
	for _, t := range m {
		if t.op != "in" && t.op != "not_in" {
			printed[t.op] = t.values[0]
			continue
		}
		list := make([]any, len(t.values))
		for i, v := range t.values {
			list[i] = v
		}
		printed[t.op] = list
	}
	return printed
}

func (c sourceIPCondition) data() any {
	list := make([]any, len(c))
	for i, network := range c {
		list[i] = network.String()
	}
	return list
}

func (c dateCondition) data() any {
	printed := map[string]any{}
	for key, t := range map[string]time.Time{"after": c.after, "before": c.before} {
		if !t.IsZero() {
			printed[key] = t.Format(time.RFC3339Nano)
		}
	}
	return printed
}

func (c dayCondition) data() any { return strings.Join(c.names(), ",") }

func (c timeCondition) data() any {
	printed := map[string]any{"timezone": c.zone.String()}
	if c.after >= 0 {
		printed["after"] = printClock(c.after)
	}
	if c.before >= 0 {
		printed["before"] = printClock(c.before)
	}
	return printed
}

func (c *certificateCondition) data() any {
	printed := map[string]any{}
	if c.fingerprints != nil {
		printed["fingerprint"] = printHashes(c.fingerprints, hex.EncodeToString)
	}
	if c.spkiHashes != nil {
		printed["spki_hash"] = printHashes(c.spkiHashes, base64.StdEncoding.EncodeToString)
	}
	for key, m := range map[string]textMatcher{"san_dns": c.dns, "san_email": c.email, "san_uri": c.uri} {
		if m != nil {
			printed[key] = m.data()
		}
	}
	return printed
}

func (c *deviceCondition) data() any {
	printed := map[string]any{"type": c.kind}
	if c.id != "" {
		printed["is"] = c.id
	}
	if c.approved != nil {
		printed["approved"] = *c.approved
	}
	return printed
}

func printHashes(hashes [][sha256.Size]byte, encode func([]byte) string) any {
	list := make([]any, len(hashes))
	for i, h := range hashes {
		list[i] = encode(h[:])
	}
	return list
}

// value is the inverse of scalarOf.
func (s scalar) value() any {
	switch s.kind {
	case isBool:
		return s.whole == 1
	case isWhole:
		return s.whole
	case isDecimal:
		v, _ := strconv.ParseFloat(s.text, 64)
		return v
	}
	return s.text
}

package policy

import (
	"slices"
	"time"

	"gatehouse/internal/base/settings"
)

// date is true from the moment after until before the moment before. One of them
// may be left out. Moments without a zone are UTC.
var date = kind{
	name:  "date",
	class: ofRequest,
	yes:   ReasonTimeOK,
	no:    ReasonTimeUnauthorized,
	parse: parseDate,
}

type dateCondition struct {
	after, before time.Time // zero: open
}

var dateLayouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, time.DateOnly}

func parseDate(p *parser, path, _ string, data any) condition {
	var c dateCondition
	ok := p.bounds(path, data, []string{"after", "before"}, func(at string, e entry) {
		t, ok := parseMoment(e.value)
		if !ok {
			p.expected(at, e.value, "a date such as 2030-01-31 or 2030-01-31T09:00:00Z", "")
		}
		if e.key == "after" {
			c.after = t
		} else {
			c.before = t
		}
	})
	if ok && !c.after.IsZero() && !c.before.IsZero() && !c.after.Before(c.before) {
		p.fault(path, "", "after is not before before; no moment is between them")
		ok = false
	}
	if !ok {
		return nil
	}
	return c
}

func parseMoment(v any) (time.Time, bool) {
	if t, ok := v.(time.Time); ok {
		return t, true
	}
	text, _ := v.(string)
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, text); err == nil && !t.IsZero() {
			return t, true
		}
	}
	return time.Time{}, false
}

// bounds reads an object with the bounds after and before, of which one may be
// missing. It reports whether there was no fault.
func (p *parser) bounds(path string, data any, keys []string, read func(at string, e entry)) bool {
	before := len(p.faults)
	entries := p.object(path, data, "an object with "+oneOf(keys))
	if len(entries) == 0 && len(p.faults) == before {
		p.expected(path, data, "an object with "+oneOf(keys), "")
	}
	for _, e := range entries {
		at := path + "." + e.written
		if !slices.Contains(keys, e.key) {
			p.fault(at, settings.Suggest(e.key, keys), "unknown key %q; expected %s", clip(e.written), oneOf(keys))
			continue
		}
		read(at, e)
	}
	return len(p.faults) == before
}

// now returns the time of the request.
func (r *Request) now() time.Time {
	if r.Now.IsZero() {
		return time.Now()
	}
	return r.Now
}

func (c dateCondition) holds(r *Request) bool {
	now := r.now()
	return !now.Before(c.after) && (c.before.IsZero() || now.Before(c.before))
}

func (c dateCondition) say(_ *Request, not, _ bool) string {
	return "the time" + must(not) + "be" + c.bounds()
}

func (c dateCondition) fact() string { return "the time is" + c.bounds() }

// bounds describes the open or closed ends: " after 2030-01-31T09:00:00Z".
func (c dateCondition) bounds() string {
	text := ""
	if !c.after.IsZero() {
		text += " after " + c.after.Format(time.RFC3339)
	}
	if !c.before.IsZero() {
		text += " before " + c.before.Format(time.RFC3339)
	}
	return text
}

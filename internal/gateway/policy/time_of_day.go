package policy

import (
	"strings"
	"time"
)

// timeOfDay is true from the time after until before the time before, in a time
// zone. One of them may be left out.
var timeOfDay = kind{
	name:  "time_of_day",
	class: ofRequest,
	yes:   ReasonTimeOK,
	no:    ReasonTimeUnauthorized,
	parse: parseTimeOfDay,
}

type timeCondition struct {
	zone          *time.Location
	after, before time.Duration // since midnight; -1: open
}

var timeLayouts = []string{"15:04:05", "15:04", "3:04 PM", "3:04PM", "3PM", "3 PM"}

func parseTimeOfDay(p *parser, path, _ string, data any) condition {
	c := timeCondition{zone: time.UTC, after: -1, before: -1}
	ok := p.bounds(path, data, []string{"timezone", "after", "before"}, func(at string, e entry) {
		switch e.key {
		case "timezone":
			c.zone = p.zone(at, e.value)
		case "after":
			c.after = p.clock(at, e.value)
		case "before":
			c.before = p.clock(at, e.value)
		}
	})
	if ok && c.after < 0 && c.before < 0 {
		p.expected(path, data, "after, before or both", "")
		ok = false
	}
	if ok && c.before >= 0 && c.after >= c.before {
		p.fault(path, "for a time across midnight write two criteria under or", "after is not before before; no time of day is between them")
		ok = false
	}
	if !ok {
		return nil
	}
	return c
}

func (p *parser) zone(path string, data any) *time.Location {
	name, _ := data.(string)
	zone, err := time.LoadLocation(name)
	// "" and "Local" would depend on the machine that this runs on.
	if err != nil || name == "" || name == "Local" {
		p.expected(path, data, "a time zone such as Europe/Berlin", "")
		return time.UTC
	}
	return zone
}

func (p *parser) clock(path string, data any) time.Duration {
	text, _ := data.(string)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, strings.ToUpper(strings.TrimSpace(text))); err == nil {
			return sinceMidnight(t)
		}
	}
	p.expected(path, data, "a time such as 15:04, 15:04:05, 3PM or 3:04 PM", "")
	return -1
}

func sinceMidnight(t time.Time) time.Duration {
	hour, minute, second := t.Clock()
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(t.Nanosecond())
}

func (c timeCondition) holds(r *Request) bool {
	now := sinceMidnight(r.now().In(c.zone))
	return now >= c.after && (c.before < 0 || now < c.before)
}

func (c timeCondition) say(_ *Request, not, _ bool) string {
	return "the time of day" + must(not) + "be" + c.bounds()
}

func (c timeCondition) fact() string { return "the time of day is" + c.bounds() }

// bounds describes the open or closed ends: " after 09:00:00 (UTC)".
func (c timeCondition) bounds() string {
	text := ""
	if c.after >= 0 {
		text += " after " + printClock(c.after)
	}
	if c.before >= 0 {
		text += " before " + printClock(c.before)
	}
	return text + " (" + c.zone.String() + ")"
}

func printClock(d time.Duration) string {
	return time.Time{}.Add(d).Format("15:04:05.999999999")
}

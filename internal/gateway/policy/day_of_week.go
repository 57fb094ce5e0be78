package policy

import (
	"strings"
	"time"
)

// dayOfWeek is true on some days of the week, in UTC: "mon-fri", "sat,sun",
// "*" for every day.
var dayOfWeek = kind{
	name:  "day_of_week",
	class: ofRequest,
	yes:   ReasonTimeOK,
	no:    ReasonTimeUnauthorized,
	parse: parseDayOfWeek,
}

// dayCondition says for each time.Weekday whether the criterion is true.
type dayCondition [7]bool

var dayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func parseDayOfWeek(p *parser, path, _ string, data any) condition {
	text, _ := data.(string)
	var c dayCondition
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		if !c.add(strings.TrimSpace(part)) {
			p.expected(path, data, `days such as "mon-fri", "mon,wed" or "*"`, "")
			return nil
		}
	}
	return c
}

func (c *dayCondition) add(part string) bool {
	if part == "*" {
		part = "sun-sat"
	}
	first, last, isRange := strings.Cut(part, "-")
	from, ok := weekday(first)
	to := from
	if isRange && ok {
		to, ok = weekday(last)
	}
	if !ok {
		return false
	}
	for day := from; ; day = (day + 1) % 7 {
		c[day] = true
		if day == to {
			return true
		}
	}
}

// weekday reads a day by its short or its full name.
func weekday(name string) (time.Weekday, bool) {
	for i, short := range dayNames {
		if day := time.Weekday(i); name == short || name == strings.ToLower(day.String()) {
			return day, true
		}
	}
	return 0, false
}

func (c dayCondition) holds(r *Request) bool { return c[r.now().UTC().Weekday()] }

func (c dayCondition) names() []string {
	var names []string
	for day, on := range c {
		if on {
			names = append(names, dayNames[day])
		}
	}
	return names
}

func (c dayCondition) say(r *Request, not, _ bool) string {
	return "the day" + must(not) + "be " + oneOf(c.names()) + " (UTC)"
}

func (c dayCondition) fact() string { return "the day is " + oneOf(c.names()) + " (UTC)" }

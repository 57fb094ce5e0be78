package pattern

import (
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
)

func TestAPatternIsTheExpression(t *testing.T) {
	const text = `([a-z]+)([0-9])`
	want := regexp.MustCompile(text)
	for _, s := range []string{"", "ab1", "ab1 c2", "1", "é3x4"} {
		p := New(text)
		for name, both := range map[string][2]any{
			"MatchString":           {p.MatchString(s), want.MatchString(s)},
			"FindString":            {p.FindString(s), want.FindString(s)},
			"FindStringSubmatch":    {p.FindStringSubmatch(s), want.FindStringSubmatch(s)},
			"FindAllStringSubmatch": {p.FindAllStringSubmatch(s, -1), want.FindAllStringSubmatch(s, -1)},
			"ReplaceAllString":      {p.ReplaceAllString(s, "$2"), want.ReplaceAllString(s, "$2")},
			"ReplaceAllStringFunc":  {p.ReplaceAllStringFunc(s, strings.ToUpper), want.ReplaceAllStringFunc(s, strings.ToUpper)},
		} {
			if !reflect.DeepEqual(both[0], both[1]) {
				t.Errorf("%s of %q: got %v, want %v", name, s, both[0], both[1])
			}
		}
	}
}

func TestManyMayUseAPatternFirst(t *testing.T) {
	p := New(`^a+$`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if !p.MatchString("aaa") || p.MatchString("b") {
				t.Error("got another answer than that of the expression")
			}
		})
	}
	all.Wait()
}

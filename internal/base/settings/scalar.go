package settings

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// scalar decodes a text, a boolean or a whole number.
func (d *Document) scalar(path string, n *Node, v reflect.Value, k *key) {
	if n.Kind != Scalar {
		d.Fail(path, n.Place, n.Kind.Noun(), "a single value", "")
		return
	}
	switch v.Kind() {
	case reflect.String:
		d.text(path, n, v, k)
	case reflect.Bool:
		on, err := strconv.ParseBool(strings.ToLower(n.Text))
		if err != nil {
			d.Fail(path, n.Place, Quote(n.Text), "true or false", "")
			return
		}
		v.SetBool(on)
	case reflect.Int:
		i, err := strconv.ParseInt(n.Text, 10, 32)
		if err != nil {
			d.Fail(path, n.Place, Quote(n.Text), "a whole number", "")
			return
		}
		v.SetInt(i)
	default:
		panic("settings: the type " + v.Type().String() + " cannot be decoded")
	}
}

func (d *Document) text(path string, n *Node, v reflect.Value, k *key) {
	if v.Type() == secretType {
		v.SetString(n.Text)
		return
	}
	choice, ok := k.choose(n.Text)
	if !ok {
		d.Fail(path, n.Place, Quote(n.Text), OneOf(k.enum), Suggest(n.Text, k.enum))
		return
	}
	v.SetString(choice)
}

func (d *Document) duration(path string, n *Node, v reflect.Value) {
	const expected = `a duration such as "30s"`
	if n.Kind != Scalar {
		d.Fail(path, n.Place, n.Kind.Noun(), expected, "")
		return
	}
	duration, err := time.ParseDuration(n.Text)
	if err != nil {
		d.Fail(path, n.Place, Quote(n.Text), expected, durationHint(n.Text))
		return
	}
	if duration < 0 {
		d.Fail(path, n.Place, Quote(n.Text), "a duration of 0 or more", "")
		return
	}
	v.SetInt(int64(duration))
}

// durationHint guesses the duration that was meant by days, or by a number
// without a unit.
func durationHint(text string) string {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 10_000 {
			return DidYouMean(fmt.Sprintf("%dh", n*24))
		}
	}
	if _, err := strconv.Atoi(text); err == nil {
		return DidYouMean(text + "s")
	}
	return ""
}

// OneOf says which values are expected: "one of debug, info, warn". It leaves
// out the empty value.
func OneOf(values []string) string {
	var shown []string
	for _, v := range values {
		if v != "" {
			shown = append(shown, v)
		}
	}
	if len(shown) == 1 {
		return shown[0]
	}
	return "one of " + strings.Join(shown, ", ")
}

// Quote returns a value in quotes, cut after 120 bytes.
func Quote(text string) string {
	if len(text) > 120 {
		text = text[:120] + "…"
	}
	return strconv.Quote(text)
}

package config

import (
	"math"
	"strconv"
	"strings"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/settings"
)

// CustomAttribute is an attribute of the pool's own. It is there for good: a pool
// loses no attribute.
type CustomAttribute struct {
	// The name without the prefix `custom:`, of at most 20 characters.
	Name string `key:"name"`

	// The type of its values.
	Type string `key:"type" default:"String" enum:"String,Number,DateTime,Boolean"`

	// Whether a value can be changed.
	Mutable bool `key:"mutable" default:"true"`

	// The fewest characters of a value of type `String`. Left out: any number.
	MinLength string `key:"min_length"`

	// The most characters of a value of type `String`: at most 2048, which is the
	// default.
	MaxLength string `key:"max_length"`

	// The least value of type `Number`. Left out: any.
	MinValue string `key:"min_value"`

	// The greatest value of type `Number`. Left out: any.
	MaxValue string `key:"max_value"`
}

// AcrConfiguration has the names of a pool's four levels of assurance. They must
// differ.
type AcrConfiguration struct {
	// One factor that can be guessed or passed on, such as a password.
	Level1 string `key:"level1" default:"urn:cognito:loa:1"`

	// The next level.
	Level2 string `key:"level2" default:"urn:cognito:loa:2"`

	// The next level.
	Level3 string `key:"level3" default:"urn:cognito:loa:3"`

	// The highest level.
	Level4 string `key:"level4" default:"urn:cognito:loa:4"`
}

// Names returns the names, lowest level first.
func (c *AcrConfiguration) Names() []string { return []string{c.Level1, c.Level2, c.Level3, c.Level4} }

func (k *checker) checkRequired(at string, names []string) {
	once := k.unique()
	for i, name := range names {
		once.add(settings.Item(at, i), name)
	}
}

func (k *checker) checkAttributes(at string, attributes []CustomAttribute) {
	names := k.unique()
	for i, a := range attributes {
		path := settings.Item(at, i)
		if !attributeName.MatchString(a.Name) || strings.HasPrefix(a.Name, "custom:") {
			k.fail(path+".name", settings.Quote(a.Name), "the name of an attribute", "use 1 to 20 characters and no spaces, without the prefix custom:")
		}
		names.add(path+".name", a.Name)
		k.checkRange(path, a.Type, a.MinLength, a.MaxLength, bounds{"String", "length", 0, 2048})
		k.checkRange(path, a.Type, a.MinValue, a.MaxValue, bounds{"Number", "value", math.MinInt64, math.MaxInt64})
	}
}

// bounds are what the constraints of a type of attributes may be.
type bounds struct {
	of, what    string
	least, most int64
}

// checkRange checks that constraints are those of the attribute's type, and leave a value.
func (k *checker) checkRange(at, kind, low, high string, b bounds) {
	from := k.bound(at+".min_"+b.what, kind, low, b.least, b)
	to := k.bound(at+".max_"+b.what, kind, high, b.most, b)
	if from > to {
		k.fail(at+".max_"+b.what, settings.Quote(high), "at least min_"+b.what, "")
	}
}

// bound reads one end of a range; "" is otherwise.
func (k *checker) bound(path, kind, text string, otherwise int64, b bounds) int64 {
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case kind != b.of:
		k.fail(path, settings.Quote(text), "a constraint of the type "+kind, "it is one of the type "+b.of)
	case err != nil || n < b.least || n > b.most:
		k.fail(path, settings.Quote(text), "a whole number from "+strconv.FormatInt(b.least, 10)+" to "+strconv.FormatInt(b.most, 10), "")
	default:
		return n
	}
	return otherwise
}

// levelName is the name of a level of assurance. Cognito: AcrValue.
var levelName = pattern.New(`^[\x21\x23-\x5B\x5D-\x7E]{1,64}$`)

func (k *checker) checkLevels(at string, c *AcrConfiguration) {
	if c == nil {
		return
	}
	names := k.unique()
	for i, name := range c.Names() {
		path := at + ".level" + strconv.Itoa(i+1)
		if !levelName.MatchString(name) {
			k.fail(path, settings.Quote(name), "the name of a level", `use 1 to 64 characters without spaces, " and \`)
		}
		names.add(path, name)
	}
}

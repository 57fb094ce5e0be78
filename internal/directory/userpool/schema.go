package userpool

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The types of attributes.
const (
	TypeString   = "String"
	TypeNumber   = "Number"
	TypeDateTime = "DateTime"
	TypeBoolean  = "Boolean"
)

// Attribute describes one attribute of a pool's users. The constraints are texts, as
// in the API; "" means that there is no constraint.
type Attribute struct {
	Name                 string // of a custom attribute: with the prefix "custom:" or "dev:custom:"
	Type                 string
	DeveloperOnly        bool   `json:",omitempty"`
	Mutable              bool   `json:",omitempty"`
	Required             bool   `json:",omitempty"`
	MinLength, MaxLength string `json:",omitempty"`
	MinValue, MaxValue   string `json:",omitempty"`
}

// StandardAttributes returns the attributes that every pool has, in Cognito's order.
func StandardAttributes() []Attribute {
	text := func(name string) Attribute {
		return Attribute{Name: name, Type: TypeString, Mutable: true, MinLength: "0", MaxLength: "2048"}
	}
	flag := func(name string) Attribute { return Attribute{Name: name, Type: TypeBoolean, Mutable: true} }
	birthdate := text("birthdate")
	birthdate.MinLength, birthdate.MaxLength = "10", "10"
	return []Attribute{
		{Name: "sub", Type: TypeString, Required: true, MinLength: "1", MaxLength: "2048"},
		text("name"), text("given_name"), text("family_name"), text("middle_name"), text("nickname"),
		text("preferred_username"), text("profile"), text("picture"), text("website"),
		text("email"), flag("email_verified"), text("gender"), birthdate, text("zoneinfo"), text("locale"),
		text("phone_number"), flag("phone_number_verified"), text("address"),
		{Name: "updated_at", Type: TypeNumber, Mutable: true, MinValue: "0"},
	}
}

// Attributes returns the pool's whole schema: first the standard attributes, with
// the pool's changes, then the custom attributes.
func (p *Pool) Attributes() []Attribute {
	all := StandardAttributes()
	at := make(map[string]int, len(all))
	for i, a := range all {
		at[a.Name] = i
	}
	for _, a := range p.Settings.Schema {
		if i, ok := at[a.Name]; ok {
			all[i] = a
			continue
		}
		all = append(all, a)
	}
	return all
}

// Attribute returns the attribute with a name, or nil.
func (p *Pool) Attribute(name string) *Attribute {
	for i := range p.Settings.Schema {
		if p.Settings.Schema[i].Name == name {
			return &p.Settings.Schema[i]
		}
	}
	for _, a := range StandardAttributes() {
		if a.Name == name {
			return &a
		}
	}
	return nil
}

// CustomName returns the full name of a custom attribute, which the API names without
// its prefix: a name that has it gets it twice. ErrSettings. Cognito: such a name has
// at most twenty characters.
func CustomName(name string, developerOnly bool) (string, error) {
	if name == "" || len(name) > 20 {
		return "", ErrSettings.Saying("Custom attribute names have 1 to 20 characters: %q", name)
	}
	if developerOnly {
		return "dev:custom:" + name, nil
	}
	return "custom:" + name, nil
}

// IsCustom reports whether name is the name of a custom attribute.
func IsCustom(name string) bool {
	return strings.HasPrefix(name, "custom:") || strings.HasPrefix(name, "dev:")
}

// IsDeveloperOnly reports whether name is the name of an attribute for developers.
// Only signed operations read and write such an attribute.
func IsDeveloperOnly(name string) bool { return strings.HasPrefix(name, "dev:") }

// IsVerifiedFlag reports whether name is the attribute that says whether the
// e-mail address or the phone number is verified. No client sets it.
func IsVerifiedFlag(name string) bool {
	return name == "email_verified" || name == "phone_number_verified"
}

// Fits reports whether value has the attribute's type and satisfies its constraints.
// If not, reason says why; the attribute's name belongs before it.
func (a *Attribute) Fits(value string) (reason string, ok bool) {
	if len(value) > 2048 {
		return "Attribute value is too long.", false
	}
	if !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0 { // no database could keep it as it is
		return "Attribute value is not valid UTF-8, or has a NUL character.", false
	}
	switch a.Type {
	case TypeNumber:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return "Attribute value is not a number.", false
		}
		if !within(n, a.MinValue, a.MaxValue) {
			return "Attribute value is out of range.", false
		}
	case TypeBoolean:
		if v := strings.ToLower(value); v != "true" && v != "false" {
			return "Attribute value is not a boolean.", false
		}
	default:
		if !within(int64(utf8.RuneCountInString(value)), a.MinLength, a.MaxLength) {
			return "String does not have the length that the schema asks for.", false
		}
	}
	return "", true
}

// check checks the attribute's constraints against each other. Cognito: texts of
// CreateUserPool.
func (a *Attribute) check() error {
	constraints, what, low, high := "StringAttributeConstraints", "length", a.MinLength, a.MaxLength
	isNumber := a.Type == TypeNumber
	if isNumber {
		constraints, what, low, high = "NumberAttributeConstraints", "value", a.MinValue, a.MaxValue
	}
	from, okLow := bound(low)
	to, okHigh := bound(high)
	switch {
	case !okLow || !okHigh, !isNumber && (from < 0 || to < 0):
		return ErrSettings.Saying("Invalid %s for schema attribute %s", constraints, a.Name)
	case !isNumber && max(from, to) > 2048:
		return ErrSettings.Saying("user.%s: String attributes cannot have a length of more than 2048", a.Name)
	case low != "" && high != "" && to < from:
		return ErrSettings.Saying("user.%s: Max %s cannot be less than min %s.", a.Name, what, what)
	}
	return nil
}

// repeated is the error for an attribute that the schema has already. Cognito: the
// text names it first as the request did, without "dev:".
func (a *Attribute) repeated() error {
	return ErrSettings.Saying("%s: Existing attribute already has name %s.", strings.TrimPrefix(a.Name, "dev:"), a.Name)
}

// bound reads one end of a range. "" is 0 and ok.
func bound(text string) (n int64, ok bool) {
	if text == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// within reports whether n is in a range. An end that is not a number is no limit.
func within(n int64, low, high string) bool {
	if v, err := strconv.ParseInt(low, 10, 64); err == nil && n < v {
		return false
	}
	if v, err := strconv.ParseInt(high, 10, 64); err == nil && n > v {
		return false
	}
	return true
}

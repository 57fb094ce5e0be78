package managedlogin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/base/page"
)

const phoneHint = "With + and the country code, such as +14155550100."

// Attribute is an attribute of the user that a page asks for.
type Attribute struct {
	Name     string // the pool's name for it: "email", "custom:team"
	Value    string // what was typed before; may be empty
	Optional bool
	Error    string
	Length   int  // the largest number of characters; 0: 2048
	Number   bool // the value is a number
}

// standardFields are the inputs for the standard attributes. Their names are
// from OpenID Connect Core §5.1, the values for autocomplete from the section
// on autofill of the HTML standard.
var standardFields = map[string]page.Field{
	"address":            {Label: "Address", Autocomplete: "street-address"},
	"birthdate":          {Label: "Date of birth", Type: "date", Autocomplete: "bday"},
	"email":              {Label: "E-mail address", Type: "email", Autocomplete: "email"},
	"family_name":        {Label: "Family name", Autocomplete: "family-name"},
	"gender":             {Label: "Gender", Autocomplete: "sex"},
	"given_name":         {Label: "Given name", Autocomplete: "given-name"},
	"locale":             {Label: "Language", Autocomplete: "language", Hint: "Such as en-GB."},
	"middle_name":        {Label: "Middle name", Autocomplete: "additional-name"},
	"name":               {Label: "Name", Autocomplete: "name"},
	"nickname":           {Label: "Nickname", Autocomplete: "nickname"},
	"phone_number":       {Label: "Phone number", Type: "tel", Autocomplete: "tel", Hint: phoneHint},
	"picture":            {Label: "Picture", Type: "url", Autocomplete: "photo", Hint: "The address of an image."},
	"preferred_username": {Label: "Preferred username", Autocomplete: "nickname"},
	"profile":            {Label: "Profile page", Type: "url", Autocomplete: "url"},
	"website":            {Label: "Website", Type: "url", Autocomplete: "url"},
	"zoneinfo":           {Label: "Time zone", Hint: "Such as Europe/Berlin."},
}

// attributeField returns the name of the form's field for an attribute.
func attributeField(name string) string { return "requiredAttributes[" + name + "]" }

func (a Attribute) field() page.Field {
	f, ok := standardFields[a.Name]
	if !ok {
		f.Label = customLabel(a.Name)
	}
	f.Name, f.ID = attributeField(a.Name), "attribute-"+strings.ReplaceAll(a.Name, ":", "-")
	f.Value, f.Optional, f.Error = a.Value, a.Optional, a.Error
	if a.Number {
		f.InputMode = "numeric"
	}
	f.MaxLength = a.Length
	if f.MaxLength == 0 {
		f.MaxLength = 2048
	}
	return f
}

// customLabel makes a label of a custom attribute's name: "Cost centre" of
// "custom:cost_centre".
func customLabel(name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "custom:"), "dev:")
	name = strings.TrimSpace(strings.NewReplacer("_", " ", "-", " ").Replace(name))
	if name == "" {
		return "Value"
	}
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}

func attributeFields(attributes []Attribute) page.Blocks {
	var all page.Blocks
	for _, a := range attributes {
		all = append(all, a.field())
	}
	return all
}

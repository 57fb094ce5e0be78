package transfer

import (
	"encoding/json"
	"slices"

	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Kind is a noun of an export: the rows of one table that belong to a pool.
type Kind struct {
	Name   string // in the file
	Table  string
	Pool   string // the column that has the pool's id; it is not in the file
	Fields []Field
	Key    []string // the columns by which the rows are sorted
	// Shared says that the key is unique in the whole installation: a row of
	// another pool may have it.
	Shared bool
	// Called is what people call one, if they can meet it in an error.
	Called  string
	secrets []secret
}

// Field is a column.
type Field struct {
	Name     string
	Type     Type
	Optional bool // it may have no value
	// Later says that the field is younger than the format: it may be missing, and
	// then has no value, or the zero value of its type.
	Later bool
	// check returns an error if a Document is none of those that the engines read: one
	// unreadable row would fail every list that it is in. nil: it is no Document.
	check func(json.RawMessage) error
}

// Type is the type of a field.
type Type int

// The types. In the file, Bytes are base64 and a Document is JSON as it is.
const (
	Text     Type = iota // string
	Number               // int64; a time is one, in microseconds since 1970 UTC
	Flag                 // bool
	Bytes                // []byte
	Document             // json.RawMessage
)

// Row is a row of a kind, with a value for each field: nil, or the Go type that
// [Type] names.
type Row struct {
	Kind   *Kind
	Values []any
	size   int // of its line, when it was read
}

// text returns the value of a text field.
func (r Row) text(field string) string {
	s, _ := r.Values[r.Kind.index(field)].(string)
	return s
}

func (k *Kind) index(field string) int {
	return slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == field })
}

// Tiny constructors, so that the list of kinds reads like the schema.

func text(names ...string) []Field          { return fields(Text, false, names) }
func number(names ...string) []Field        { return fields(Number, false, names) }
func flag(names ...string) []Field          { return fields(Flag, false, names) }
func binary(names ...string) []Field        { return fields(Bytes, false, names) }
func maybe(t Type, names ...string) []Field { return fields(t, true, names) }

// document returns a field that holds a T.
func document[T any](name string) []Field {
	return []Field{{Name: name, Type: Document, check: isA[T]}}
}

func later(list []Field) []Field {
	for i := range list {
		list[i].Later = true
	}
	return list
}

func fields(t Type, optional bool, names []string) []Field {
	list := make([]Field, len(names))
	for i, name := range names {
		list[i] = Field{Name: name, Type: t, Optional: optional}
	}
	return list
}

// Kinds returns the kinds in the order of the file: what a row refers to comes
// before it. What may clash with another pool comes before the users, so that an
// import that cannot succeed fails early.
func Kinds() []*Kind { return kinds }

var kinds = []*Kind{
	{
		Name: kindPool, Table: "pools", Pool: "id",
		Fields:  slices.Concat(text("name"), document[userpool.Settings]("settings"), number("created", "modified"), later(maybe(Bytes, "nobody"))),
		secrets: []secret{{field: "nobody", context: func(pool userpool.PoolID, _ Row) string { return credential.NobodyContext(pool) }}},
	},
	{
		Name: "identity_provider", Table: "pool_providers", Pool: poolID, Key: []string{"name"},
		Fields:  slices.Concat(text("name", "type"), document[userpool.ProviderSettings]("settings"), binary("sealed"), number("created", "modified")),
		secrets: []secret{{field: "sealed", context: func(pool userpool.PoolID, r Row) string { return userpool.ProviderContext(pool, r.text("name")) }}},
	},
	{
		Name: "identity_provider_identifier", Table: "provider_identifiers", Pool: poolID, Key: []string{"identifier"},
		Fields: text("identifier", "provider"),
	},
	{
		Name: "client", Table: "clients", Pool: poolID, Key: []string{"id"}, Shared: true, Called: "app client",
		Fields:  slices.Concat(text("id", "name"), document[[]userpool.ClientSecret]("secrets"), document[userpool.ClientSettings]("settings"), number("created", "modified"), later(text("origin"))),
		secrets: []secret{{field: "secrets", context: clientContext, inside: insideClientSecrets}},
	},
	{
		Name: "client_provider", Table: "client_providers", Pool: poolID, Key: []string{"client_id", "provider"},
		Fields: text("client_id", "provider"),
	},
	{
		Name: kindDomain, Table: "domains", Pool: poolID, Key: []string{"name"}, Shared: true, Called: "domain",
		Fields: slices.Concat(text("name"), flag("custom"), text("certificate_arn"), number("managed_login_version", "created"), later(text("security_policy"))),
	},
	{
		Name: "resource_server", Table: "resource_servers", Pool: poolID, Key: []string{"identifier"},
		Fields: slices.Concat(text("identifier", "name"), document[[]userpool.Scope]("scopes"), number("created")),
	},
	{
		Name: "login_style", Table: "login_styles", Pool: poolID, Key: []string{"id"}, Shared: true, Called: "managed login branding",
		Fields: slices.Concat(text("id", "client_id"), flag("provided"), text("settings"), document[[]branding.Asset]("assets"), number("created", "modified")),
	},
	{
		Name: "ui_customization", Table: "ui_customizations", Pool: poolID, Key: []string{"owner"},
		Fields: slices.Concat(text("owner"), maybe(Text, "client_id"), text("css"), binary("logo"), text("logo_type"), number("created", "modified")),
	},
	{
		Name: "terms", Table: "terms", Pool: poolID, Key: []string{"id"}, Shared: true, Called: "terms document",
		Fields: slices.Concat(text("id", "client_id", "name"), document[map[string]string]("links"), number("created", "modified")),
	},
	{
		Name: "risk_configuration", Table: "risk_configurations", Pool: poolID, Key: []string{"owner"},
		Fields: slices.Concat(text("owner"), maybe(Text, "client_id"), document[risk.Settings]("settings"), number("modified")),
	},
	{
		Name: "signing_key", Table: "signing_keys", Pool: poolID, Key: []string{"use", "number"},
		Fields:  slices.Concat(text("use"), number("number"), text("id"), binary("sealed"), number("created", "signs_from")),
		secrets: []secret{{field: "sealed", context: signingKeyContext}},
	},
	{
		Name: "saml_key", Table: "saml_keys", Pool: poolID, Key: []string{poolID},
		Fields:  slices.Concat(binary("sealed", "certificate"), number("issued")),
		secrets: []secret{{field: "sealed", context: func(pool userpool.PoolID, _ Row) string { return userpool.SAMLKeyContext(pool) }}},
	},
	{
		Name: "group", Table: "user_groups", Pool: poolID, Key: []string{"name"},
		Fields: slices.Concat(text("name", "description", "role_arn"), maybe(Number, "precedence"), number("created", "modified")),
	},
	{
		Name: "user", Table: "users", Pool: poolID, Key: []string{"sub"},
		Fields: slices.Concat(text("sub", "username", "status"), flag("enabled"), document[map[string]string]("attributes"), flag("has_password"), text("password_name"),
			maybe(Bytes, "password_salt", "password_sealed"), number("password_set", "password_expires"), document[user.Security]("security"), number("created", "modified"), later(text("password_form"))),
		secrets: []secret{{field: "password_sealed", context: passwordContext}, {field: "security", context: totpContext, inside: insideSecurity}},
	},
	{
		Name: "login_name", Table: "login_names", Pool: poolID, Key: []string{"name"},
		Fields: text("name", "kind", "sub"),
	},
	{
		Name: "user_search", Table: "user_search", Pool: poolID, Key: []string{"sub", "attribute"},
		Fields: text("sub", "attribute", "value"),
	},
	{
		Name: "membership", Table: "memberships", Pool: poolID, Key: []string{"group_name", "sub"},
		Fields: slices.Concat(text("group_name", "sub"), number("created")),
	},
	{
		Name: "former_password", Table: "password_history", Pool: poolID, Key: []string{"sub", "set_at", "salt"},
		Fields:  slices.Concat(text("sub"), number("set_at"), binary("salt"), text("name"), binary("sealed"), later(text("form"))),
		secrets: []secret{{field: "sealed", context: passwordContext}},
	},
	{
		Name: "identity", Table: "user_identities", Pool: poolID, Key: []string{"provider", "attribute", "value"},
		Fields: slices.Concat(text("provider", "attribute", "value", "sub"), flag("main"), number("linked")),
	},
	{
		Name: "device", Table: "devices", Pool: poolID, Key: []string{"sub", "key"},
		Fields: slices.Concat(text("sub", "key", "group_key", "name"), binary("salt", "sealed"), flag("remembered"), text("address"),
			number("created", "modified", "authenticated")),
		secrets: []secret{{field: "sealed", context: deviceContext}},
	},
	{
		Name: "auth_event", Table: "auth_events", Pool: poolID, Key: []string{"sub", "created", "id"},
		Fields: slices.Concat(text("sub"), number("created"), text("id"), flag("known"), document[risk.Event]("event")),
	},
}

const (
	poolID     = "pool_id"
	kindPool   = "pool"
	kindDomain = "domain"
)

// LeftBehind has the tables with rows of a pool that no export has, and why.
var LeftBehind = map[string]string{
	"grants":           "sign-ins end: the master keys of the installation are in the refresh tokens",
	"auth_codes":       "sign-ins that are under way begin anew",
	"browser_sessions": "people sign in anew: their cookies are those of the old host",
	"codes":            "only the master keys of the installation recognise a code: people ask for another one",
	"attempts":         "the counts of wrong guesses begin anew",
	"import_jobs":      "the users of a job that has ended are there; one that is under way belongs to its installation",
}

// kindOf returns the kind with a name, or nil.
func kindOf(name string) *Kind {
	i := slices.IndexFunc(kinds, func(k *Kind) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return kinds[i]
}

// KeyText returns the key of a row of a [Kind.Shared] kind.
func (r Row) KeyText() string { return r.text(r.Kind.Key[0]) }

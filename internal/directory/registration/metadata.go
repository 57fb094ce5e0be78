package registration

import (
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/directory/userpool"
)

// The grants and ways to authenticate that an application can name. RFC 7591 §2.
const (
	grantCode              = "authorization_code"
	grantRefresh           = "refresh_token"
	grantClientCredentials = "client_credentials"

	methodNone  = "none"
	methodBasic = "client_secret_basic"
	methodPost  = "client_secret_post"
)

// maxAddresses and maxAddress are what an app client may have.
// Cognito: CreateUserPoolClient, CallbackURLs.
const (
	maxAddresses = 100
	maxAddress   = 1024
)

// Metadata is what an application says of itself. What is empty was not said and has
// the default of RFC 7591 §2.
type Metadata struct {
	Name         string
	RedirectURIs []string
	LogoutURIs   []string // post_logout_redirect_uris
	Grants       []string
	Responses    []string
	Method       string // token_endpoint_auth_method
	Scope        string
}

func (m *Metadata) method() string {
	if m.Method == "" {
		return methodBasic
	}
	return m.Method
}

// GrantsOf returns the grants of a registered client, in the names of RFC 7591.
func GrantsOf(c *userpool.Client) []string {
	if slices.Contains(c.Settings.Grants, userpool.GrantClientCredentials) {
		return []string{grantClientCredentials}
	}
	return []string{grantCode, grantRefresh}
}

// ResponsesOf returns the response types of a registered client.
func ResponsesOf(c *userpool.Client) []string {
	if slices.Contains(c.Settings.Grants, userpool.GrantCode) {
		return []string{"code"}
	}
	return []string{}
}

// terms are what an application can have.
type terms struct {
	grants []string // in the names of package userpool
	scopes []string // that exist
	origin userpool.Origin
}

// settings returns the settings of the app client for an application. It can use no
// flow of the API to sign anybody in: tokens of those have the scope to manage the
// user, whatever scopes the client has.
func (t *terms) settings(m Metadata) (userpool.ClientSettings, error) {
	s := userpool.ClientSettings{
		OAuth: true, AuthFlows: []string{userpool.FlowRefreshToken}, Providers: []string{userpool.ProviderCognito},
		HideUserExistence: true, ExistenceChosen: true,
	}
	for _, read := range []func() error{
		func() error { return m.checkMethod() },
		func() (err error) { s.Grants, err = t.grant(m); return err },
		func() (err error) { s.Scopes, err = t.scope(m, s.Grants[0]); return err },
		func() error { return checkAddresses(m, s.Grants[0]) },
	} {
		if err := read(); err != nil {
			return s, err
		}
	}
	if s.Grants[0] == userpool.GrantCode {
		s.CallbackURLs, s.LogoutURLs = m.RedirectURIs, m.LogoutURIs
	}
	if t.origin == userpool.Untried {
		s.LogoutURLs = nil                                // signing out goes there without a question: RFC 9700 §4.11.2
		for _, a := range userpool.StandardAttributes() { // what a pool keeps of its own is for its own applications
			s.ReadAttributes = append(s.ReadAttributes, a.Name)
		}
	}
	return s, nil
}

func (m *Metadata) checkMethod() error {
	if !slices.Contains([]string{methodNone, methodBasic, methodPost}, m.method()) {
		return ErrMetadata.Saying("token_endpoint_auth_method must be %s, %s or %s.", methodBasic, methodPost, methodNone)
	}
	return nil
}

// grant returns the one grant that the client has. An app client has either
// that of people or that of machines. Refreshing belongs to the code.
func (t *terms) grant(m Metadata) ([]string, error) {
	asked := m.Grants
	if len(asked) == 0 {
		asked = []string{grantCode}
	}
	code, machine := slices.Contains(asked, grantCode), slices.Contains(asked, grantClientCredentials)
	responds := len(m.Responses) == 0 || slices.Contains(m.Responses, "code")
	switch {
	case code == machine:
		return nil, ErrMetadata.Saying("grant_types must have %s or %s, and not both.", grantCode, grantClientCredentials)
	case code && !slices.Contains(t.grants, userpool.GrantCode):
		return nil, ErrMetadata.Saying("The grant type %s is not allowed.", grantCode)
	case code && !responds:
		return nil, ErrMetadata.Saying("response_types must have code.")
	case code:
		return []string{userpool.GrantCode}, nil
	case t.origin != userpool.ByToken || !slices.Contains(t.grants, userpool.GrantClientCredentials):
		return nil, ErrMetadata.Saying("The grant type %s is not allowed.", grantClientCredentials)
	case m.method() == methodNone:
		return nil, ErrMetadata.Saying("The grant type %s needs a client secret.", grantClientCredentials)
	}
	return []string{userpool.GrantClientCredentials}, nil
}

// scope returns the scopes of the client: what it asks for, or all that it can have.
func (t *terms) scope(m Metadata, grant string) ([]string, error) {
	can := slices.Clone(t.scopes)
	if grant == userpool.GrantClientCredentials {
		can = slices.DeleteFunc(can, func(s string) bool { return slices.Contains(userpool.SystemScopes(), s) })
	}
	asked := strings.Fields(m.Scope)
	if len(asked) == 0 {
		asked = can
	}
	for _, s := range asked {
		if !slices.Contains(can, s) {
			return nil, ErrMetadata.Saying("The scope %s is not allowed.", s)
		}
	}
	if len(asked) == 0 {
		return nil, ErrMetadata.Saying("The user pool allows no scope for %s.", grantClientCredentials)
	}
	slices.Sort(asked)
	return slices.Compact(asked), nil
}

func checkAddresses(m Metadata, grant string) error {
	if grant == userpool.GrantCode && len(m.RedirectURIs) == 0 {
		return ErrRedirect.Saying("redirect_uris is required.")
	}
	for _, list := range [][]string{m.RedirectURIs, m.LogoutURIs} {
		if len(list) > maxAddresses {
			return ErrRedirect.Saying("An application may have at most %d addresses of a kind.", maxAddresses)
		}
		for _, a := range list {
			if why := addressFault(a); why != "" {
				return ErrRedirect.Saying("%q is not a valid redirect URI: %s", shortened(a), why)
			}
		}
	}
	return nil
}

// addressFault returns what is wrong with a redirect URI, or "". Nobody looks at what
// registers itself, so what misleads people or means many addresses is refused, too.
func addressFault(raw string) string {
	if len(raw) > maxAddress {
		return "it is too long"
	}
	if !printable.MatchString(raw) {
		return "it has a character that URIs cannot have"
	}
	if why := userpool.RedirectFault(raw); why != "" {
		return why
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "it is not an absolute URL"
	case u.User != nil:
		return "it has a user name"
	case strings.Contains(raw, "*"):
		return "it has a wildcard"
	}
	return ""
}

// printable is a URI as RFC 3986 writes it: ASCII without spaces and without what
// programs read in two ways.
var printable = pattern.New(`^[!#-;=?-\[\]_a-z~]+$`)

func shortened(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}

// defaultName is the name of an application that says none.
const defaultName = "Registered application"

// unnameable is what the name of an app client cannot have. It leaves out letters that
// look like others, marks that turn text around, and markup.
var unnameable = pattern.New(`[^0-9A-Za-z_+=,.@-]+`)

// nameOf returns the name of the client for the name of an application.
// Cognito: ClientName, [\w\s+=,.@-]{1,128}.
func nameOf(given string) string {
	name := strings.TrimSpace(unnameable.ReplaceAllString(given, " "))
	if len(name) > 128 {
		name = strings.TrimSpace(name[:128])
	}
	if name == "" {
		return defaultName
	}
	return name
}

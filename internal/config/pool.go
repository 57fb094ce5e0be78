package config

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// Pool is a user pool that Gatehouse keeps as the file describes it.
type Pool struct {
	// The id of the pool: the region, an underscore, letters and digits.
	ID string `key:"id"`

	// The name of the pool.
	Name string `key:"name"`

	// The domain of the pool's sign-in pages: a prefix under `domain_suffix`,
	// or a full host name. Another one takes the place of the one that the pool
	// has: of a prefix, a prefix; of a full name, a full name.
	Domain string `key:"domain"`

	// People may sign themselves up. Otherwise only administrators can create
	// users.
	SelfSignUp bool `key:"self_sign_up"`

	// Tokens name the issuer that AWS would use,
	// `https://cognito-idp.<region>.amazonaws.com/<pool id>`: for development
	// against clients that accept no other.
	AWSIssuer bool `key:"aws_issuer"`

	// How many recovery codes users with a second factor get: at most 20. A code
	// signs a user in once in the place of the second factor. 0: the pool has none.
	RecoveryCodes int `key:"recovery_codes"`

	// Whether users need a second factor, and which. What the file says with this key
	// or one of those below holds, whatever the API sets; without the key, the API
	// decides. A key that is taken out of the file gives the default back.
	MFA *PoolMFA `key:"mfa"`

	// With what users may begin a sign-in, if the client has `ALLOW_USER_AUTH`.
	// Default: the password.
	AllowedFirstAuthFactors []string `key:"allowed_first_auth_factors" enum:"PASSWORD,EMAIL_OTP,SMS_OTP,WEB_AUTHN"`

	// What the pool asks of passkeys.
	WebAuthn *WebAuthn `key:"web_authn"`

	// What a password must have.
	PasswordPolicy *PasswordPolicy `key:"password_policy"`

	// The addresses that a new user proves with a code. Default: `email`.
	AutoVerifiedAttributes []string `key:"auto_verified_attributes" enum:"email,phone_number"`

	// How a forgotten password is set anew: the first that the user has. `admin_only`
	// stands alone. Default: e-mail, then SMS.
	AccountRecovery []string `key:"account_recovery" enum:"verified_email,verified_phone_number,admin_only"`

	// What becomes of a sign-in with a risk: see
	// [threat protection](ways-to-sign-in.md#threat-protection). Default: `OFF`.
	AdvancedSecurityMode string `key:"advanced_security_mode" enum:"OFF,AUDIT,ENFORCED"`

	// Whether the devices of users are remembered. Default: none is.
	DeviceConfiguration *PoolDevices `key:"device_configuration"`

	// The functions that the pool calls.
	LambdaConfig *LambdaConfig `key:"lambda_config"`

	// The wording of messages.
	Messages *PoolMessages `key:"messages"`

	// The names of the levels of assurance, by which applications ask for a stronger
	// sign-in (`acr_values`). Default: the pool has no levels.
	AcrConfiguration *AcrConfiguration `key:"acr_configuration"`

	// The standard attributes that every user must have. They are decided when the pool
	// is made: a file that says something else of a pool that exists is refused.
	RequiredAttributes []string `key:"required_attributes" enum:"name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,email,gender,birthdate,zoneinfo,locale,phone_number,address,updated_at"`

	// Attributes of the pool's own. They stay when they are taken out of the file.
	CustomAttributes []CustomAttribute `key:"custom_attributes"`

	// The app clients of the pool.
	Clients []Client `key:"clients"`

	// The names of the pool's groups.
	Groups []string `key:"groups"`

	// EmailNames: the e-mail address is the user name. Of the pool of People alone.
	EmailNames bool

	// Users with passwords in clear, for development and tests. Users that do
	// not exist are created at start.
	Users []User `key:"users"`
}

// Client is an app client of a pool.
type Client struct {
	// The client id: letters, digits, `_` and `+`.
	ID string `key:"id"`

	// The name of the client. Left out: its id.
	Name string `key:"name"`

	// The client secret. Left out, the client is a public client.
	Secret seal.Secret `key:"secret"`

	// The URLs to which codes and tokens may be sent, compared exactly.
	CallbackURLs []*url.URL `key:"callback_urls"`

	// The URLs to which a browser may be sent after sign-out, compared exactly.
	LogoutURLs []*url.URL `key:"logout_urls"`

	// The scopes that the client may ask for.
	Scopes []string `key:"scopes" default:"openid,email,profile"`

	// The OAuth flows of the client: `code`, `implicit`, `client_credentials`.
	Flows []string `key:"flows" default:"code" enum:"code,implicit,client_credentials"`

	// The flows in which the client may sign users in through the API. Left
	// out: SRP, choice-based sign-in and refresh, as in Cognito.
	AuthFlows []string `key:"auth_flows" enum:"ALLOW_ADMIN_USER_PASSWORD_AUTH,ALLOW_CUSTOM_AUTH,ALLOW_REFRESH_TOKEN_AUTH,ALLOW_USER_AUTH,ALLOW_USER_PASSWORD_AUTH,ALLOW_USER_SRP_AUTH"`

	// What becomes of a refresh token that was used.
	RefreshTokenRotation RefreshTokenRotation `key:"refresh_token_rotation"`

	// How long tokens and sign-ins last. Left out: Cognito's defaults.
	TokenValidity *ClientValidity `key:"token_validity"`
}

// RefreshTokenRotation says what becomes of a refresh token that was used.
type RefreshTokenRotation struct {
	// Each refresh gives a new refresh token and uses the old one up. A second
	// use of the old one ends the sign-in. Left out, one refresh token serves
	// until it expires.
	Enabled bool `key:"enabled"`

	// How long the old refresh token may still be used, so that an answer that
	// was lost on its way does not end the sign-in: whole seconds, at most 60.
	GracePeriod time.Duration `key:"grace_period"`
}

// User is a user that exists from the first start.
type User struct {
	// The user's name.
	Username string `key:"username"`

	// The user's e-mail address. It counts as verified.
	Email string `key:"email"`

	// The user's permanent password.
	Password seal.Secret `key:"password"`

	// The groups of the user. Each must be in the `groups` of the pool.
	Groups []string `key:"groups"`
}

var (
	// Cognito: the constraints of UserPoolIdType, ClientIdType and ClientSecretType,
	// DomainType, GroupNameType and UsernameType.
	poolIDForm       = pattern.New(`^([\w-]+)_([0-9a-zA-Z]+)$`)
	clientIDForm     = pattern.New(`^[\w+]{1,128}$`)
	clientSecretForm = pattern.New(`^[\w+]{24,64}$`)
	domainPrefixForm = pattern.New(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	customDomainForm = pattern.New(`(?i)^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	reservedWord     = pattern.New(`aws|amazon|cognito`)
	nameForm         = visible(128)
)

func (k *checker) checkPools(d *Directory) {
	ids, domains, clients := k.unique(), k.unique(), k.unique()
	for i := range d.Pools {
		p, at := &d.Pools[i], settings.Item("directory.pools", i)
		k.checkPool(at, d, p)
		ids.add(at+".id", p.ID)
		domains.add(at+".domain", p.Domain)
		for j := range p.Clients {
			clients.add(settings.Item(at+".clients", j)+".id", p.Clients[j].ID)
		}
	}
}

func (k *checker) checkPool(at string, d *Directory, p *Pool) {
	k.checkPoolID(at+".id", d.Region, p.ID)
	if p.Name == "" {
		k.missing(at+".name", "write a name for the pool")
	} else if len(p.Name) > 128 {
		k.fail(at+".name", settings.Quote(p.Name), "a name of at most 128 characters", "")
	}
	k.checkDomain(at+".domain", d, p.Domain)
	k.checkSettings(at, d, p)
	for i := range p.Clients {
		k.checkClient(settings.Item(at+".clients", i), &p.Clients[i])
	}
	groups := k.unique()
	for i, group := range p.Groups {
		path := settings.Item(at+".groups", i)
		k.name(path, group, "the name of a group")
		groups.add(path, group)
	}
	k.checkUsers(at, p)
}

func (k *checker) checkPoolID(path, region, id string) {
	m := poolIDForm.FindStringSubmatch(id)
	switch {
	case id == "":
		k.missing(path, fmt.Sprintf("write %s_ followed by letters and digits", region))
	case m == nil || len(id) > 55:
		k.fail(path, settings.Quote(id), "the id of a pool", fmt.Sprintf("it is %s_ followed by letters and digits, at most 55 characters in all", region))
	case m[1] != region:
		k.fail(path, settings.Quote(id), "the id of a pool in the region "+region, settings.DidYouMean(region+"_"+m[2]))
	}
}

// checkDomain checks a prefix under domain_suffix, or a full host name.
func (k *checker) checkDomain(path string, d *Directory, domain string) {
	switch {
	case domain == "":
	case strings.Contains(domain, "."):
		k.checkCustomDomain(path, d, domain)
	case !domainPrefixForm.MatchString(domain):
		k.fail(path, settings.Quote(domain), "the prefix of a domain", "use lower-case letters, digits and hyphens, at most 63")
	case reservedWord.MatchString(domain):
		k.fail(path, settings.Quote(domain), "the prefix of a domain", "it holds the reserved word "+reservedWord.FindString(domain))
	case d.DomainSuffix == "":
		k.fail(path, settings.Quote(domain), "a full host name", "a prefix needs directory.domain_suffix")
	}
}

func (k *checker) checkCustomDomain(path string, d *Directory, domain string) {
	if !customDomainForm.MatchString(domain) && hostName.MatchString(domain) {
		k.fail(path, settings.Quote(domain), "the name of a domain", "an IP address is none, and what stands between dots has at most 63 characters")
		return
	}
	k.host(path, domain)
	if prefix, under := d.PrefixOf(domain); under {
		k.fail(path, settings.Quote(domain), "a host name outside directory.domain_suffix", "write a prefix for a name under it: "+prefix)
	}
}

func (k *checker) name(path, text, what string) {
	if !nameForm.MatchString(text) {
		k.fail(path, settings.Quote(text), what, "use 1 to 128 characters and no spaces")
	}
}

func (k *checker) checkClient(at string, c *Client) {
	if !clientIDForm.MatchString(c.ID) {
		k.fail(at+".id", settings.Quote(c.ID), "the id of a client", "use letters, digits, _ and +, at most 128")
	}
	if c.Secret != "" && !clientSecretForm.MatchString(c.Secret.Reveal()) {
		k.fail(at+".secret", "the secret", "a valid client secret", "use letters, digits, _ and +, 24 to 64 of them")
	}
	for i, u := range c.CallbackURLs {
		k.checkClientURL(settings.Item(at+".callback_urls", i), u)
	}
	for i, u := range c.LogoutURLs {
		k.checkClientURL(settings.Item(at+".logout_urls", i), u)
	}
	k.checkFlows(at, c)
	k.checkRotation(at, c)
	k.checkValidity(at+".token_validity", c.TokenValidity)
}

// checkClientURL allows what Cognito allows: absolute URIs without a fragment,
// plain http for localhost only, and the schemes of mobile apps.
func (k *checker) checkClientURL(path string, u *url.URL) {
	switch {
	case u == nil:
	case u.Scheme == "http" || u.Scheme == "https":
		if k.secureURL(path, u) && u.Fragment != "" {
			k.fail(path, settings.QuoteURL(u.String()), "a URL without a fragment", "")
		}
	case slices.Contains([]string{"javascript", "data", "vbscript", "file", "blob", "about"}, u.Scheme):
		k.fail(path, settings.QuoteURL(u.String()), "a URL to which a browser may be sent", "")
	case u.Fragment != "":
		k.fail(path, settings.QuoteURL(u.String()), "a URL without a fragment", "")
	}
}

func (k *checker) checkFlows(at string, c *Client) {
	machine := slices.Contains(c.Flows, "client_credentials")
	switch {
	case machine && len(c.Flows) > 1:
		k.fail(at+".flows", settings.Quote(strings.Join(c.Flows, ",")), "a set of flows that go together", "client_credentials cannot be combined with other flows: create a second client for those")
	case machine && c.Secret == "":
		k.missing(at+".secret", "client_credentials needs it")
	}
	for i, scope := range c.Scopes {
		if scope == "" || strings.ContainsAny(scope, " \t\"\\") {
			k.fail(settings.Item(at+".scopes", i), settings.Quote(scope), "a scope", "")
		}
	}
}

// checkRotation allows what Cognito allows: RetryGracePeriodSecondsType, and no
// rotation beside the flow that gives no new refresh token.
func (k *checker) checkRotation(at string, c *Client) {
	r, path := c.RefreshTokenRotation, at+".refresh_token_rotation"
	if g := r.GracePeriod; g > time.Minute || g%time.Second != 0 {
		k.fail(path+".grace_period", settings.Quote(g.String()), "a number of seconds from 0s to 60s", "")
	}
	switch i := slices.Index(c.AuthFlows, "ALLOW_REFRESH_TOKEN_AUTH"); {
	case !r.Enabled && r.GracePeriod != 0:
		k.missing(path+".enabled", "grace_period needs it: write true")
	case r.Enabled && i >= 0:
		k.fail(settings.Item(at+".auth_flows", i), settings.Quote("ALLOW_REFRESH_TOKEN_AUTH"), "a flow that goes with refresh_token_rotation", "remove it: the client refreshes with GetTokensFromRefreshToken or at /oauth2/token")
	}
}

func (k *checker) checkUsers(at string, p *Pool) {
	names := k.unique()
	for i := range p.Users {
		u, path := &p.Users[i], settings.Item(at+".users", i)
		k.name(path+".username", u.Username, "the name of a user")
		names.add(path+".username", u.Username)
		if a, err := mail.ParseAddress(u.Email); u.Email != "" && (err != nil || a.Address != u.Email) {
			k.fail(path+".email", settings.Quote(u.Email), "an e-mail address", "")
		}
		if u.Password == "" {
			k.missing(path+".password", "write a password")
		}
		for j, group := range u.Groups {
			if !slices.Contains(p.Groups, group) {
				k.fail(settings.Item(path+".groups", j), settings.Quote(group), "a group of the pool", settings.Suggest(group, p.Groups))
			}
		}
	}
}

package config

import (
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// Directory is the half of Gatehouse that is compatible with Amazon Cognito: the
// user pools.
type Directory struct {
	// The public URL of the API endpoint. A pool's issuer is this URL, a slash
	// and the pool's id.
	URL *url.URL `key:"url"`

	// Further host names or addresses at which the API and the issuers of pools
	// answer, without port: `127.0.0.1`, `host.docker.internal`, the name of the
	// service in a compose file. Tokens name `url` as their issuer all the same.
	// Requests for any other name are refused, so that no web page can reach the
	// API by a name of its own that leads here.
	Hosts []string `key:"hosts"`

	// The suffix of the pools' domains: a pool with the domain `staff` answers
	// at `staff.<domain_suffix>`. Left out, a pool answers under its issuer,
	// unless its domain is a full host name.
	DomainSuffix string `key:"domain_suffix"`

	// The region: the ids of pools begin with it, and requests to the API are
	// signed for it.
	Region string `key:"region" default:"us-east-1"`

	// The account id in resource names (ARNs): 12 digits.
	AccountID string `key:"account_id" default:"000000000000"`

	// The mail server for messages to users. Without it and without `ses`, no
	// e-mail is sent, and operations that need one fail.
	SMTP *SMTP `key:"smtp"`

	// Amazon SES, in place of a mail server.
	SES *SES `key:"ses"`

	// How SMS are sent. Left out, none is sent, and operations that need one fail.
	SMS *SMS `key:"sms"`

	// Users with a verified e-mail address are told by e-mail when a passkey, an
	// authenticator app, or codes by SMS or e-mail as a second factor are added to
	// their account, at most five times an hour; and at the former address when the
	// address is replaced. Cognito tells nobody.
	FactorNotices bool `key:"factor_notices"`

	// Where the functions run that pools call as Lambda triggers. The API accepts
	// an ARN only if an entry names it.
	Functions []Function `key:"functions"`

	// Where the log entries go that pools deliver. The API accepts an ARN only if an
	// entry names it.
	Logs []LogDestination `key:"logs"`

	// What the threat protection of pools knows besides the sign-ins of their users.
	Threats *ThreatProtection `key:"threat_protection"`

	// How many requests a second of a category of operations are answered, on all
	// nodes together, such as `{UserAuthentication: 500}`. A category that is left
	// out has no limit. The operation `UpdateProvisionedLimit` can lower a limit
	// down to Cognito's default. The categories are `ClientAuthentication`,
	// `LimitManagement`, `UserAccountRecovery`, `UserAuthentication`, `UserCreation`,
	// `UserFederation`, `UserList`, `UserPoolClientRead`, `UserPoolClientUpdate`,
	// `UserPoolRead`, `UserPoolResourceRead`, `UserPoolResourceUpdate`,
	// `UserPoolUpdate`, `UserRead`, `UserResourceRead`, `UserResourceUpdate`,
	// `UserToken` and `UserUpdate`.
	RateLimits map[string]int `key:"rate_limits"`

	// Gives the categories that `rate_limits` leaves out the default limits of
	// Cognito, and applies Cognito's limits on single users, on operations in one
	// pool, and on addresses, app clients and domains at the sign-in pages.
	CognitoRateLimits bool `key:"cognito_rate_limits"`

	// Pools that Gatehouse keeps as the file describes them. The API can create
	// further pools.
	Pools []Pool `key:"pools"`
}

// SMTP is a mail server.
type SMTP struct {
	// The host of the mail server.
	Host string `key:"host"`

	// The port of the mail server. Left out: 587 with `starttls`, 465 with
	// `implicit`, 25 with `none`.
	Port int `key:"port"`

	// The user to log in as. Empty: no login.
	Username string `key:"username"`

	// The password of that user.
	Password seal.Secret `key:"password"`

	// The sender of messages, `Name <address>` or an address alone.
	From string `key:"from"`

	// How the connection is protected: it switches to TLS after the greeting
	// (`starttls`), it is TLS from the first byte (`implicit`), or it is not
	// protected (`none`).
	TLS string `key:"tls" default:"starttls" enum:"starttls,implicit,none"`
}

var (
	regionForm  = pattern.New(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	accountForm = pattern.New(`^[0-9]{12}$`)
)

// complete fills in the defaults that depend on other values.
func (d *Directory) complete() {
	if s := d.SMTP; s != nil && s.Port == 0 {
		s.Port = map[string]int{"starttls": 587, "implicit": 465, "none": 25}[s.TLS]
	}
	for i := range d.Pools {
		for j := range d.Pools[i].Clients {
			if c := &d.Pools[i].Clients[j]; c.Name == "" {
				c.Name = c.ID
			}
		}
	}
}

func (k *checker) checkDirectory(d *Directory) {
	if d.URL == nil {
		k.missing("directory.url", "write the public URL of the API endpoint")
	} else {
		k.checkDirectoryURL(d.URL)
	}
	for i, host := range d.Hosts {
		k.furtherHost(settings.Item("directory.hosts", i), d, host)
	}
	if d.DomainSuffix != "" {
		k.host("directory.domain_suffix", d.DomainSuffix)
	}
	if !regionForm.MatchString(d.Region) {
		k.fail("directory.region", settings.Quote(d.Region), "the name of a region", "for example us-east-1")
	}
	if !accountForm.MatchString(d.AccountID) {
		k.fail("directory.account_id", settings.Quote(d.AccountID), "12 digits", "")
	}
	if d.SMTP != nil {
		k.checkSMTP(d.SMTP)
	}
	k.checkSenders(d)
	k.checkFunctions(d)
	k.checkLogs(d)
	if d.Threats != nil {
		k.checkThreats(d.Threats)
	}
	k.checkRateLimits(d.RateLimits)
	k.checkPools(d)
}

func (k *checker) furtherHost(path string, d *Directory, host string) {
	if !hostname.IsHost(host) {
		k.host(path, host)
		return
	}
	if _, under := d.PrefixOf(host); under {
		k.fail(path, settings.Quote(host), "outside directory.domain_suffix", "the names under the suffix belong to pools")
	}
}

// checkDirectoryURL allows plain http for names of this machine, and for names
// without a dot: those of a container network, where tests run.
func (k *checker) checkDirectoryURL(u *url.URL) {
	const path = "directory.url"
	if u.Scheme == "http" && !strings.Contains(u.Hostname(), ".") && !strings.Contains(u.Hostname(), ":") {
		k.webURL(path, u)
	} else if !k.secureURL(path, u) {
		return
	}
	if u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(u.Path, "/") && u.Path != "/" {
		k.fail(path, settings.QuoteURL(u.String()), "a URL that issuers can begin with", "remove the query, the fragment and the last slash")
	}
}

func (k *checker) checkSMTP(s *SMTP) {
	if s.Host == "" {
		k.missing("directory.smtp.host", "write the host of the mail server")
	} else if !isLocal(s.Host) {
		k.host("directory.smtp.host", s.Host)
	}
	if s.Port < 0 || s.Port > 65535 {
		k.fail("directory.smtp.port", settings.Quote(strconv.Itoa(s.Port)), "a port from 1 to 65535", "")
	}
	if _, err := mail.ParseAddress(s.From); s.From == "" {
		k.missing("directory.smtp.from", "write the sender of messages")
	} else if err != nil {
		k.fail("directory.smtp.from", settings.Quote(s.From), "an e-mail address", "")
	}
	k.checkHalf("directory.smtp.username", s.Username != "", "directory.smtp.password", s.Password != "")
	if s.TLS == "none" && s.Password != "" && !isLocal(s.Host) {
		k.fail("directory.smtp.tls", `"none"`, "secure enough for a login", "others could read the password on the way: write starttls or implicit")
	}
}

package config

import (
	"slices"
	"strings"

	"gatehouse/internal/base/settings"
)

// Check finds what is wrong with a configuration in the eyes of an engine, such as
// the one that compiles policies. It gets configurations that are wrong in other
// ways too. A fault comes from [Config.Fault].
type Check func(*Config) []settings.Fault

// Load reads a configuration, fills in the defaults, and validates it, with
// further checks too. If the configuration is wrong, Load returns nil and a
// [*settings.Faults] with all that is wrong.
func Load(src settings.Source, further ...Check) (*Config, error) {
	c, err := load(src, further)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// LoadRules is Load for a command that asks the rules alone. It leaves certificates
// and their keys unread: the user of the command need not have them.
func LoadRules(src settings.Source, further ...Check) (*Config, error) {
	c, err := (&Config{checks: further, rulesAlone: true}).load(src)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Empty reports whether neither the file nor the environment has a key.
func (c *Config) Empty() bool { return c.empty }

// Path returns the path of the file that was read, "" if there was none.
func (c *Config) Path() string { return c.trail.Source().Path }

// load is Load, but returns what it could read even of a wrong configuration:
// the trail says which files to watch.
func load(src settings.Source, further []Check) (*Config, error) {
	return (&Config{checks: further}).load(src)
}

func (c *Config) load(src settings.Source) (*Config, error) {
	doc := settings.Open(src)
	c.trail, c.fileEmpty = doc.Trail(), len(doc.Root.Entries) == 0
	c.aws = awsEnvironment(src.Env)
	overlay(doc, c)
	c.empty = len(doc.Root.Entries) == 0
	foreign := &foreignKeys{doc: doc, known: ForeignKeys()}
	doc.Unknown, doc.Also, doc.Advise = foreign.decide, foreignNames, adviseOnUnknown
	doc.Decode(c)
	c.resolve(doc)
	c.complete()
	c.warn(foreign)
	c.warnPlaceholders(doc.Root)
	if doc.Root.Kind == settings.Map {
		found := c.faults()
		for _, check := range c.checks {
			found = append(found, check(c)...)
		}
		doc.Add(found)
	}
	return c, doc.Err()
}

// overlay lays the environment over the file, if the file can be read.
func overlay(doc *settings.Document, c *Config) {
	doc.Overlay(c)
	if doc.Root.Kind == settings.Map {
		overlayHeaders(doc)
		overlayForeign(doc)
	}
}

// complete fills in the defaults that depend on other keys.
func (c *Config) complete() {
	c.completeRoutes()
	c.completeEntrance()
	c.completeProviders()
	c.completeBearer()
	c.State.complete()
	if c.Directory != nil {
		c.Directory.complete()
	}
	if c.Access != nil {
		c.Access.complete()
	}
}

// warn collects what was accepted and has no effect, or is not safe.
func (c *Config) warn(foreign *foreignKeys) {
	ignored := append(foreign.ignored, c.withoutEffect()...)
	if len(ignored) > 0 {
		slices.Sort(ignored)
		c.Warnings = append(c.Warnings, "keys of Pomerium that have no effect here: "+strings.Join(slices.Compact(ignored), ", "))
	}
	for _, a := range foreign.advised {
		c.Warnings = append(c.Warnings, a.String())
	}
	c.warnMCP()
	c.warnTunnels()
	c.warnSubstitutions()
	c.warnSecrets()
	c.Warnings = append(c.Warnings, c.Operation.warnings()...)
	c.Warnings = append(c.Warnings, c.LogFields.warnings()...)
	c.warnAutocert()
	if c.CodecType == "http3" && c.InsecureServer {
		c.Warnings = append(c.Warnings, "codec_type: HTTP/3 needs TLS, and has no effect with insecure_server: the proxy in front may speak it")
	}
	c.warnCookieDomain()
	c.warnPlainHTTP()
	c.warnUnverifiedEmail()
	c.warnBearer()
	c.warnAllTenants()
	if c.Directory == nil && c.Access == nil && c.AuthenticateServiceURL == nil && len(c.AllRoutes()) == 0 {
		c.Warnings = append(c.Warnings, "nothing is served: the configuration has neither a directory nor routes")
	}
}

// warnCookieDomain says who can set the session cookie besides us.
func (c *Config) warnCookieDomain() {
	if c.CookieDomain != "" {
		c.Warnings = append(c.Warnings, "cookie_domain: every host under "+strings.TrimPrefix(c.CookieDomain, ".")+" can set the session cookie, and so make people somebody else: leave the key out if one of them is not yours, one sign-in serves all routes without it too")
	}
}

// warnUnverifiedEmail names the providers whose unverified addresses are
// believed.
func (c *Config) warnUnverifiedEmail() {
	var keys []string
	if c.IDPAllowUnverifiedEmail {
		keys = append(keys, "idp_allow_unverified_email")
	}
	for i := range c.IDPProviders {
		if c.IDPProviders[i].AllowUnverifiedEmail {
			keys = append(keys, settings.Item("idp_providers", i)+".allow_unverified_email")
		}
	}
	if c.Access != nil {
		for i := range c.Access.IdentityProviders {
			if c.Access.IdentityProviders[i].Config.AllowUnverifiedEmail {
				keys = append(keys, settings.Item("access.identity_providers", i)+".config.allow_unverified_email")
			}
		}
	}
	if len(keys) > 0 {
		c.Warnings = append(c.Warnings, strings.Join(keys, " and ")+": e-mail addresses are believed although the provider calls them unverified; whoever can change their own address there can be anybody")
	}
}

// warnAllTenants names the providers at which everybody has an account or can make one,
// although the file may mean the company's.
func (c *Config) warnAllTenants() {
	for i, p := range c.AllProviders() {
		if p.Kind != "azure" || !strings.HasSuffix(p.URL, "/common/v2.0") && !strings.HasSuffix(p.URL, "/organizations/v2.0") {
			continue
		}
		key := "idp_provider_url"
		if !p.Main {
			key = settings.Item("idp_providers", i-(len(c.AllProviders())-len(c.IDPProviders))) + ".url"
		}
		c.Warnings = append(c.Warnings, key+": people of every Microsoft tenant can sign in, and allow_any_authenticated_user lets all of them in. Addresses that Microsoft has not checked (xms_edov) open nothing. Write the issuer of your tenant: https://login.microsoftonline.com/<tenant id>/v2.0")
	}
}

func (c *Config) warnPlainHTTP() {
	var plain []string
	leaves := func(text string) bool {
		u, hint, ok := settings.ParseURL(text)
		return ok && hint == "" && u.Scheme == "http" && !isLocal(u.Hostname())
	}
	if leaves(c.IDPProviderURL) {
		plain = append(plain, "idp_provider_url")
	}
	for i := range c.IDPProviders {
		if leaves(c.IDPProviders[i].URL) {
			plain = append(plain, settings.Item("idp_providers", i)+".url")
		}
	}
	if d := c.Directory; d != nil && d.URL != nil && d.URL.Scheme == "http" && !isLocal(d.URL.Hostname()) {
		plain = append(plain, "directory.url")
	}
	if len(plain) > 0 {
		c.Warnings = append(c.Warnings, "plain http URLs, to which secrets are sent unencrypted: "+strings.Join(plain, " and "))
	}
}

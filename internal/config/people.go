package config

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/settings"
)

// People are the users of this installation's own directory, where the file names
// no identity provider: they sign in at the gateway. Load fills it in, and with it
// the keys of the provider and of the directory.
type People struct {
	Pool   string // the id of their pool
	Client string // the id of the gateway's app client in it; its secret comes of the master keys

	// AtSignIn: their pages stand on the host of authenticate_service_url, under the
	// path of the issuer, and the directory has no other host.
	AtSignIn bool
}

// hostedSignIn is Pomerium's own sign-in service, which files rely on that name no
// identity provider.
const hostedSignIn = "authenticate.pomerium.app"

// completeEntrance gives the file a sign-in service and an identity provider of its
// own, if a route asks for sign-in and it names none, or Pomerium's.
func (c *Config) completeEntrance() {
	if c.IDPProvider == "hosted" && c.namesNoProvider() {
		c.IDPProvider = ""
	}
	hosted := c.AuthenticateServiceURL != nil && hostname.Of(c.AuthenticateServiceURL.Host) == hostedSignIn
	if hosted {
		c.AuthenticateServiceURL = nil
	}
	if c.teamSignsIn() || !slices.ContainsFunc(c.AllRoutes(), (*Route).NeedsSignIn) {
		return
	}
	if c.AuthenticateServiceURL == nil {
		c.AuthenticateServiceURL = c.signInURL()
		if c.AuthenticateServiceURL == nil {
			return
		}
		c.Warnings = append(c.Warnings, c.saysSignInURL(hosted))
	}
	if c.namesNoProvider() && (c.Directory == nil || len(c.Directory.Pools) == 0) {
		c.signPeopleIn()
	}
}

// teamSignsIn reports whether people sign in at a team domain of Access, whose API
// can add providers.
func (c *Config) teamSignsIn() bool { return c.Access != nil && c.Access.TeamDomain != nil }

func (c *Config) namesNoProvider() bool {
	return len(c.IDPProviders) == 0 && (c.IDPProvider == "" || c.IDPProvider == "hosted") && c.IDPProviderURL == "" && c.IDPClientID == "" && c.IDPClientSecret == ""
}

func (c *Config) saysSignInURL(hosted bool) string {
	says := "authenticate_service_url is missing"
	if hosted {
		says = "authenticate_service_url names Pomerium's hosted service, which Gatehouse does not use"
	}
	says += ": people sign in at " + c.AuthenticateServiceURL.String() + ", whose name must lead here"
	if !c.namesNoProvider() {
		says += "; register " + c.AuthenticateServiceURL.JoinPath("oauth2/callback").String() + " at the identity provider"
	}
	return says
}

// signPeopleIn makes the own directory the identity provider.
func (c *Config) signPeopleIn() {
	d := c.Directory
	if d == nil {
		d = &Directory{}
		settings.SetDefaults(d)
		c.Directory = d
	}
	c.People = &People{Pool: d.Region + "_People", Client: "gatehouse_gateway", AtSignIn: d.URL == nil}
	if d.URL == nil && c.routeAtSignIn() {
		c.movePeople(d)
	}
	if d.URL == nil {
		d.URL = c.AuthenticateServiceURL
	}
	client := Client{}
	settings.SetDefaults(&client)
	client.ID, client.Name = c.People.Client, strings.TrimPrefix(c.AuthenticateServiceURL.Hostname(), "authenticate.") // people read it: "Sign in to continue to corp.example.com"
	client.CallbackURLs = []*url.URL{c.AuthenticateServiceURL.JoinPath("oauth2/callback")}
	client.LogoutURLs = []*url.URL{c.AuthenticateServiceURL.JoinPath(".pomerium/signed_out")}
	d.Pools = []Pool{{ID: c.People.Pool, Name: "People", EmailNames: true, Clients: []Client{client}}}
	c.IDPProvider, c.IDPClientID = "cognito", c.People.Client
	c.IDPProviderURL = strings.TrimSuffix(d.URL.String(), "/") + "/" + c.People.Pool
	c.Warnings = append(c.Warnings, "no identity provider is named (idp_provider): people sign in with the users of this installation; make the first with: gatehouse user add")
}

// routeAtSignIn reports whether a route names the host of the sign-in service.
func (c *Config) routeAtSignIn() bool {
	return slices.ContainsFunc(c.AllRoutes(), func(r *Route) bool {
		return r.From != nil && hostname.Of(r.From.Host) == hostname.Of(c.AuthenticateServiceURL.Host)
	})
}

// movePeople gives the pages on which people type their passwords a host of their own:
// a script of an application on the same host could read along. It leaves the
// directory without a URL if no name for one can be found.
func (c *Config) movePeople(d *Directory) {
	at := *c.AuthenticateServiceURL
	domain := parentOf(at.Hostname())
	if isAddress(at.Hostname()) || at.Hostname() != "localhost" && !ownedByOne(domain) {
		return
	}
	if at.Hostname() == "localhost" {
		domain = "localhost"
	}
	at.Host = "signin." + domain
	if port := c.AuthenticateServiceURL.Port(); port != "" {
		at.Host = net.JoinHostPort(at.Host, port)
	}
	d.URL, c.People.AtSignIn = &at, false
	c.Warnings = append(c.Warnings, "a route has the host of authenticate_service_url, and no application may share the host on which people type their passwords: they do so at "+at.String()+", whose name must lead here")
}

// signInURL returns the URL of the sign-in service that the routes suggest:
// authenticate.<the domain that they share>, with the port that they share, and plain
// only if all are. It returns nil if they share no domain.
func (c *Config) signInURL() *url.URL {
	var hosts, ports []string
	scheme := "http" // of routes on this machine, behind insecure_server
	for _, r := range c.AllRoutes() {
		if r.From == nil {
			continue
		}
		if r.Tunnel == nil || !r.Tunnel.portIsTargets() {
			ports = append(ports, r.From.Port())
		}
		if r.From.Scheme != "http" {
			scheme = "https"
		}
		hosts = append(hosts, hostname.Of(r.From.Host))
	}
	domain := sharedDomain(hosts)
	if domain == "" {
		return nil
	}
	host := "authenticate." + domain
	slices.Sort(ports) // if they differ, that of the scheme, which most people reach
	if ports = slices.Compact(ports); len(ports) == 1 && ports[0] != "" {
		host = net.JoinHostPort(host, ports[0])
	}
	return &url.URL{Scheme: scheme, Host: host}
}

// sharedDomain returns the longest domain that all hosts are in; of one host alone,
// the domain above it. It returns "" if that is none which one owner has, such as
// com or co.uk.
func sharedDomain(hosts []string) string {
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	if len(hosts) == 0 || slices.ContainsFunc(hosts, isAddress) {
		return ""
	}
	if above := parentOf(hosts[0]); len(hosts) == 1 && ownedByOne(above) {
		return above
	}
	shared := strings.TrimPrefix(hosts[0], "*.")
	for _, h := range hosts[1:] {
		for shared != "" && h != shared && !strings.HasSuffix(h, "."+shared) {
			shared = parentOf(shared)
		}
	}
	for strings.Contains(shared, "*") {
		shared = parentOf(shared)
	}
	if !ownedByOne(shared) {
		return ""
	}
	return shared
}

func isAddress(host string) bool { return net.ParseIP(strings.Trim(host, "[]")) != nil }

func parentOf(host string) string {
	_, parent, _ := strings.Cut(host, ".")
	return parent
}

// ownedByOne reports whether all names under domain have one owner. A name that the
// list of public suffixes does not know, such as lan, is that of a private network.
func ownedByOne(domain string) bool {
	if domain == "" || strings.Contains(domain, "*") {
		return false
	}
	suffix, listed := publicsuffix.PublicSuffix(domain)
	return suffix != domain || !listed && !strings.Contains(domain, ".")
}

func (c *Config) peopleAtSignIn() bool { return c.People != nil && c.People.AtSignIn }

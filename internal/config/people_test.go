package config_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

// routesAt is a file with a route for each address, and further keys.
func routesAt(more string, from ...string) string {
	text := more + "routes:\n"
	for _, f := range from {
		to := "http://a"
		if strings.HasPrefix(f, "tcp+") {
			to = "tcp://a:1"
		}
		text += "  - {from: '" + f + "', to: '" + to + "', allowed_users: [alice@example.com]}\n"
	}
	return text
}

func loadText(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return c
}

// The sign-in service stands beside the routes, at the domain that they share.
func TestWhereAFileWithoutASignInServiceSignsIn(t *testing.T) {
	tests := []struct {
		from []string
		want string // "" is nowhere
	}{
		{[]string{"https://verify.corp.example.com"}, "https://authenticate.corp.example.com"},
		{[]string{"https://app.example.com"}, "https://authenticate.example.com"},
		{[]string{"https://example.com"}, "https://authenticate.example.com"},
		{[]string{"https://app.localhost.pomerium.io"}, "https://authenticate.localhost.pomerium.io"},
		{[]string{"https://a.corp.example.com", "https://b.corp.example.com"}, "https://authenticate.corp.example.com"},
		{[]string{"https://a.corp.example.com", "https://b.example.com"}, "https://authenticate.example.com"},
		{[]string{"https://a.corp.example.com", "https://corp.example.com"}, "https://authenticate.corp.example.com"},
		{[]string{"https://xcorp.example.com", "https://corp.example.com"}, "https://authenticate.example.com"},
		{[]string{"https://*.corp.example.com"}, "https://authenticate.corp.example.com"},
		{[]string{"https://*.corp.example.com", "https://x.corp.example.com"}, "https://authenticate.corp.example.com"},
		{[]string{"https://app-*.corp.example.com", "https://x.corp.example.com"}, "https://authenticate.corp.example.com"},
		{[]string{"https://A.Corp.Example.com", "https://b.corp.example.com"}, "https://authenticate.corp.example.com"},
		{[]string{"https://a.example.com:8443", "https://b.example.com:8443"}, "https://authenticate.example.com:8443"},
		{[]string{"https://a.example.com", "https://b.example.com:8443"}, "https://authenticate.example.com"},
		{[]string{"https://a.example.com:9443", "https://b.example.com:8443", "https://c.example.com:8443"}, "https://authenticate.example.com"},
		{[]string{"https://grafana.lan", "https://wiki.lan"}, "https://authenticate.lan"},
		{[]string{"http://app.localhost:8080", "http://wiki.localhost:8080"}, "http://authenticate.localhost:8080"},
		{[]string{"http://app.localhost:8080", "https://wiki.localhost:8080"}, "https://authenticate.localhost:8080"},
		{[]string{"https://app.localhost"}, "https://authenticate.localhost"},
		{[]string{"https://a.example.com:8443", "tcp+https://db.example.com:5432"}, "https://authenticate.example.com:8443"},
		{[]string{"tcp+https://db.example.com:5432", "https://a.example.com:8443"}, "https://authenticate.example.com:8443"},
		{[]string{"https://a.example.com", "tcp+https://db.example.com:5432"}, "https://authenticate.example.com"},
		{[]string{"tcp+https://db.example.com:5432"}, "https://authenticate.example.com"},
		{[]string{"tcp+https://gateway.example.com:8443/db:5432"}, "https://authenticate.example.com:8443"},
		{[]string{"https://a.example.com", "https://b.example.org"}, ""},
		{[]string{"https://a.example.com", "https://b.other.com"}, ""},
		{[]string{"https://a.example.co.uk", "https://b.other.co.uk"}, ""},
		{[]string{"https://a.github.io", "https://b.github.io"}, ""},
		{[]string{"https://10.0.0.1"}, ""},
		{[]string{"https://[::1]", "https://a.example.com"}, ""},
	}
	for _, test := range tests {
		name := strings.Join(test.from, " ")
		text := routesAt("", test.from...)
		if test.want == "" {
			_, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(text)})
			if err == nil || !strings.Contains(err.Error(), "authenticate_service_url: missing") {
				t.Errorf("%s: the error is %v", name, err)
			}
			continue
		}
		c := loadText(t, text)
		if got := c.AuthenticateServiceURL.String(); got != test.want {
			t.Errorf("%s: people sign in at %s, want %s", name, got, test.want)
		}
		if want := test.want + "/us-east-1_People"; c.IDPProviderURL != want || c.People == nil || !c.People.AtSignIn {
			t.Errorf("%s: the issuer is %s of %+v, want %s", name, c.IDPProviderURL, c.People, want)
		}
	}
}

// Whose users sign in: those of the file's provider, those of this installation, or
// nobody, because no route asks.
func TestWhoseUsersSignIn(t *testing.T) {
	const provider = "idp_provider: google\nidp_client_id: a\nidp_client_secret: b\n"
	tests := []struct {
		name, text string
		own        bool
		at         string
		says       []string
	}{
		{"nothing named", routesAt("", "https://a.example.com"), true, "https://authenticate.example.com",
			[]string{"authenticate_service_url is missing: people sign in at https://authenticate.example.com, whose name must lead here", "no identity provider is named"}},
		{"Pomerium's service", routesAt("authenticate_service_url: https://authenticate.pomerium.app\n", "https://a.example.com"), true, "https://authenticate.example.com",
			[]string{"names Pomerium's hosted service, which Gatehouse does not use: people sign in at https://authenticate.example.com", "no identity provider is named"}},
		{"Pomerium's provider", routesAt("idp_provider: hosted\n", "https://a.example.com"), true, "https://authenticate.example.com", nil},
		{"an own service", routesAt("authenticate_service_url: https://login.example.net\n", "https://a.example.com", "https://b.example.org"), true, "https://login.example.net", nil},
		{"a provider, and no service", routesAt(provider, "https://a.example.com"), false, "https://authenticate.example.com",
			[]string{"register https://authenticate.example.com/oauth2/callback at the identity provider"}},
		{"a provider, and Pomerium's service", routesAt(provider+"authenticate_service_url: https://authenticate.pomerium.app/\n", "https://a.example.com"), false, "https://authenticate.example.com", nil},
		{"nobody signs in", "routes: [{from: https://a.example.com, to: http://a, allow_public_unauthenticated_access: true}]\n", false, "", nil},
		{"certificates alone", "routes: [{from: https://a.example.com, to: http://a, policy: [{allow: {and: [{client_certificate: {fingerprint: " + strings.Repeat("0a", 32) + "}}, {day_of_week: mon-fri}]}, deny: {or: [{invalid_client_certificate: true}]}}]}]\n", false, "", nil},
		{"devices", "routes: [{from: https://a.example.com, to: http://a, policy: [{allow: {and: [{device: {type: any}}]}}]}]\n", true, "https://authenticate.example.com", nil},
		{"Pomerium's service for nobody", "authenticate_service_url: https://authenticate.pomerium.app\nroutes: [{from: https://a.example.com, to: http://a, allow_public_unauthenticated_access: true}]\n", false, "", nil},
		{"a team domain", routesAt("access: {team_domain: team.example.com}\n", "https://a.example.com"), false, "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := loadText(t, test.text)
			at := ""
			if c.AuthenticateServiceURL != nil {
				at = c.AuthenticateServiceURL.String()
			}
			if own := c.People != nil; own != test.own || at != test.at {
				t.Errorf("own users: %t at %q, want %t at %q", own, at, test.own, test.at)
			}
			for _, want := range test.says {
				if !slices.ContainsFunc(c.Warnings, func(w string) bool { return strings.Contains(w, want) }) {
					t.Errorf("no warning says %q: %q", want, c.Warnings)
				}
			}
		})
	}
}

// At the sign-in host people type their passwords: no application shares it, also if
// its name was found and not written. The pages move, if there is a name for them.
func TestNoRouteHasTheHostWherePeopleTypePasswords(t *testing.T) {
	const named, provider = "authenticate_service_url: https://login.example.com\n", "idp_provider: google\nidp_client_id: a\nidp_client_secret: b\n"
	const local = "authenticate_service_url: http://localhost:8443\n"
	for _, test := range []struct {
		more, from string
		at         string // the URL of the directory
	}{
		{"", "https://authenticate.example.com", "https://signin.example.com"},
		{"", "https://Authenticate.Example.com.", "https://signin.example.com"},
		{"", "https://authenticate.example.com:8443", "https://signin.example.com"},
		{named, "https://login.example.com", "https://signin.example.com"},
		{named + provider, "https://login.example.com", ""},
		{named + "directory: {url: https://id.example.com}\n", "https://login.example.com", "https://id.example.com"},
		{named, "https://authenticate.example.com", "https://login.example.com"},
		{"", "https://*.example.com", "https://authenticate.example.com"},
		{"authenticate_service_url: https://login.example.com:8443\n", "https://login.example.com:8443", "https://signin.example.com:8443"},
		{local, "http://localhost:8443", "http://signin.localhost:8443"},
	} {
		c := loadText(t, routesAt(test.more, "https://a.example.com", test.from))
		at := ""
		if c.Directory != nil {
			at = c.Directory.URL.String()
		}
		if at != test.at {
			t.Errorf("%s%s: people at %q, want %q", test.more, test.from, at, test.at)
		}
		if own := c.OwnHosts(); slices.ContainsFunc(own, func(h config.OwnHost) bool {
			return h.Key == "directory.url" && h.Host == hostname.Of(c.AuthenticateServiceURL.Host)
		}) {
			t.Errorf("%s%s: people type passwords on the host of an application: %v", test.more, test.from, own)
		}
		for _, r := range c.AllRoutes() {
			if c.Directory != nil && hostname.Of(r.From.Host) == hostname.Of(c.Directory.URL.Host) {
				t.Errorf("%s%s: the route has the host of the directory", test.more, test.from)
			}
		}
	}
}

// Without a name for the pages, such a route is refused; and so is one that has the
// name which was found.
func TestRoutesAtTheHostWherePeopleSignIn(t *testing.T) {
	for more, froms := range map[string][]string{
		"authenticate_service_url: https://203.0.113.7\n":       {"https://203.0.113.7"},
		"authenticate_service_url: https://example.com\n":       {"https://example.com"},
		"authenticate_service_url: https://login.example.com\n": {"https://login.example.com", "https://signin.example.com"},
	} {
		text := routesAt(more, append([]string{"https://a.example.com"}, froms...)...)
		_, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(text)})
		if err == nil || !strings.Contains(err.Error(), ".from: has the host of ") {
			t.Errorf("%s: got %v, want it refused", text, err)
		}
	}
}

// A directory that the file describes keeps its own host and its settings.
func TestOwnUsersInADirectoryOfTheFile(t *testing.T) {
	c := loadText(t, routesAt("directory: {url: https://id.example.com, region: eu-west-1, smtp: {host: mail.example.com, from: a@example.com}}\n", "https://a.example.com"))
	if c.People == nil || c.People.AtSignIn || c.IDPProviderURL != "https://id.example.com/eu-west-1_People" {
		t.Errorf("people %+v at %s", c.People, c.IDPProviderURL)
	}
	c = loadText(t, routesAt("directory: {smtp: {host: mail.example.com, from: a@example.com}}\n", "https://a.example.com"))
	if c.People == nil || !c.People.AtSignIn || c.Directory.SMTP == nil || c.Directory.URL.String() != "https://authenticate.example.com" {
		t.Errorf("people %+v, the directory %+v", c.People, c.Directory)
	}
}

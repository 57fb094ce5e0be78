package config

import (
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/pattern"
	"gatehouse/internal/base/settings"
)

// Validate returns everything that is wrong with the values of c as a
// [*settings.Faults], or nil. It reads no file and no environment.
func (c *Config) Validate() error { return settings.AsError(c.faults()) }

func (c *Config) faults() []settings.Fault {
	k := &checker{c: c}
	k.checkListener(&c.Listener)
	k.checkAutocert(&c.ACME)
	k.checkSignIn(&c.SignIn)
	k.checkIdentity(&c.Identity)
	k.checkBearer(c)
	k.checkMTLS(c)
	k.checkUpstreams(&c.Upstreams)
	k.checkSecrets()
	k.checkState(&c.State)
	k.checkOperation(&c.Operation)
	k.checkLogFields(&c.LogFields)
	k.checkMetrics(&c.Metrics)
	k.checkTracing(&c.Tracing)
	for i, r := range c.AllRoutes() {
		k.checkRoute(r.keyed(i))
	}
	k.checkRouteProviders()
	k.checkForwardAuth(c.ForwardAuth)
	k.checkEntrance()
	if c.Directory != nil {
		k.checkDirectory(c.Directory)
	}
	if c.Access != nil {
		k.checkAccess(c.Access)
	}
	k.checkHosts()
	return k.faults
}

// checker collects faults. The checks of a section are in the file that declares
// the section.
type checker struct {
	c      *Config
	faults []settings.Fault
}

func (k *checker) fail(path, found, expected, hint string) {
	k.faults = append(k.faults, k.c.Fault(path, found, expected, hint))
}

func (k *checker) missing(path, hint string) { k.fail(path, "missing", "", hint) }

// address checks host:port, where the host may be empty.
func (k *checker) address(path, text string) {
	host, port, err := net.SplitHostPort(text)
	_, portErr := strconv.ParseUint(port, 10, 16)
	switch {
	case err == nil && portErr == nil && !strings.ContainsAny(host, "/ @"):
		return
	case err != nil && isPort(text):
		k.fail(path, settings.Quote(text), "an address of the form host:port", settings.DidYouMean(":"+text))
	case err != nil && net.ParseIP(text) == nil && hostName.MatchString(text):
		k.fail(path, settings.Quote(text), "an address of the form host:port", settings.DidYouMean(text+":443"))
	default:
		k.fail(path, settings.Quote(text), "an address of the form host:port", "")
	}
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n < 65536
}

var hostName = pattern.New(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

// host checks a name without scheme and port.
func (k *checker) host(path, text string) {
	if hostName.MatchString(text) && len(text) <= 253 {
		return
	}
	hint := ""
	if u, _, ok := settings.ParseURL(text); ok {
		hint = settings.DidYouMean(u.Hostname())
	}
	k.fail(path, settings.QuoteURL(text), "a host name", hint)
}

// webURL checks that u is an http or https URL without a user in it.
func (k *checker) webURL(path string, u *url.URL) bool {
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		k.fail(path, settings.QuoteURL(u.String()), "an https URL", suggestScheme(u, "https", "http"))
		return false
	case u.User != nil:
		k.fail(path, settings.QuoteURL(u.String()), "a URL without a user", "remove the part before @")
		return false
	case u.Port() != "" && !isPort(u.Port()):
		k.fail(path, settings.QuoteURL(u.String()), "a URL with a port from 1 to 65535", "")
		return false
	}
	return true
}

// secureURL is webURL, and checks that nobody can read on the way what is sent to
// u.
func (k *checker) secureURL(path string, u *url.URL) bool {
	if !k.webURL(path, u) {
		return false
	}
	if u.Scheme == "http" && !isLocal(u.Hostname()) {
		k.fail(path, settings.QuoteURL(u.String()), "an https URL", "plain http is allowed for localhost only, because others could read sign-in secrets on the way: write https://"+u.Host+u.Path)
		return false
	}
	return true
}

// originURL is secureURL, and checks that u has no path, query or fragment.
func (k *checker) originURL(path string, u *url.URL) bool {
	if !k.secureURL(path, u) {
		return false
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		k.fail(path, settings.QuoteURL(u.String()), "a URL with a scheme and a host only", settings.DidYouMean(u.Scheme+"://"+u.Host))
		return false
	}
	return true
}

// pageOrigin checks an origin as browsers send it. The schemes of extensions and
// desktop applications are accepted.
func (k *checker) pageOrigin(path, text string) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || strings.Contains(u.Host, "*") {
		k.fail(path, settings.QuoteURL(text), "an origin such as https://app.example.com", "")
		return
	}
	if origin := u.Scheme + "://" + u.Host; text != origin {
		k.fail(path, settings.QuoteURL(text), "an origin such as https://app.example.com", settings.DidYouMean(origin))
	}
}

func suggestScheme(u *url.URL, schemes ...string) string {
	if best := settings.Nearest(u.Scheme, schemes); best != "" {
		guess := *u
		guess.Scheme, guess.User = best, nil
		return settings.DidYouMean(guess.String())
	}
	return ""
}

// headerName checks the name of a header.
func (k *checker) headerName(path, name string) {
	if !httpguts.ValidHeaderFieldName(name) {
		k.fail(path, settings.Quote(name), "the name of a header", "")
	}
}

// headers checks names and values of a map of headers. Values are not shown:
// they may hold secrets.
func (k *checker) headers(path string, m map[string]string) {
	for _, name := range sortedKeys(m) {
		k.headerName(path, name)
		if !httpguts.ValidHeaderFieldValue(m[name]) {
			k.fail(settings.Join(path, name), "the value", "a value that a header can hold", headerHint(m[name]))
		}
	}
}

// headerHint says how to write a value that has a line break, as a block of YAML has at
// its end.
func headerHint(value string) string {
	switch {
	case strings.HasSuffix(value, "\n"):
		return "it ends with a line break: write |- or >- in place of | or >"
	case strings.ContainsAny(value, "\r\n"):
		return "it has a line break: write it in one line"
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// isLocal reports whether host names this machine: nobody can read plain HTTP
// that stays on it.
func isLocal(host string) bool { return hostname.IsLoopback(host) }

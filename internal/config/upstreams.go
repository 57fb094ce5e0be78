package config

import (
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/settings"
)

// Upstreams holds the settings for all upstreams and all answers.
type Upstreams struct {
	// How long an upstream may take for a whole answer, unless its route has a
	// `timeout`. 0 for no limit.
	DefaultUpstreamTimeout time.Duration `key:"default_upstream_timeout" default:"30s"`

	// Protocols to which the connections of all routes may change, as clients name
	// them in the header Upgrade: `[websocket]`. The `timeout` of a route that names
	// none itself does not count for such connections.
	AllowUpgrades []string `key:"allow_upgrades"`

	// Which addresses of upstreams are used: `v4_only`, `v6_only`, or the other values,
	// which use both.
	DNSLookupFamily string `key:"dns_lookup_family" default:"v4_preferred" enum:"v4_preferred,auto,v4_only,v6_only,all"`

	// How much may be under way to the upstreams of each route at one time. A request
	// beyond gets 503. Left out, there is no limit.
	CircuitBreakerThresholds *CircuitBreakers `key:"circuit_breaker_thresholds"`

	// Headers to set on the answers of applications. The gateway's own answers get
	// `Strict-Transport-Security` of them, and the headers of CORS. The key `disable`,
	// with any value, turns all of them off, the built-in ones included.
	SetResponseHeaders map[string]string `key:"set_response_headers"`

	// Names of headers, as HTTP/1.1 upstreams and clients need them, for programs
	// that compare them letter by letter: `[X-CSRFToken, SOAPAction]`. Gatehouse
	// sends names as they are registered, and others with a capital letter after
	// each hyphen, not as they came. HTTP/2 sends all names in small letters.
	HTTP1HeaderNames []string `key:"http1_header_names"`

	// A certificate authority to trust in addition to the system's, for
	// upstreams, identity providers, the mail server and other services that
	// are called: base64 of PEM, or PEM.
	CertificateAuthority string `key:"certificate_authority"`

	// The path of a PEM file with more such authorities.
	CertificateAuthorityFile string `key:"certificate_authority_file"`
}

func (k *checker) checkUpstreams(u *Upstreams) {
	k.checkUpgrades("allow_upgrades", u.AllowUpgrades)
	k.checkThresholds("circuit_breaker_thresholds", u.CircuitBreakerThresholds)
	k.headers("set_response_headers", u.SetResponseHeaders)
	k.refuseReferences("set_response_headers", u.SetResponseHeaders)
	for i, name := range u.HTTP1HeaderNames {
		k.headerSpelling(settings.Item("http1_header_names", i), name)
	}
	k.authority("certificate_authority", u.CertificateAuthority)
}

// connectionHeaders are the headers that belong to a connection or to the form of
// a message: nothing passes them on as they are.
var connectionHeaders = []string{
	"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Expect", "Host", "Keep-Alive", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent",
}

// headerSpelling checks the name of a header that is to be sent as it is written.
func (k *checker) headerSpelling(path, name string) {
	k.headerName(path, name)
	if slices.Contains(connectionHeaders, http.CanonicalHeaderKey(name)) {
		k.fail(path, settings.Quote(name), "a header whose spelling can be chosen", "leave it out")
	}
}

// authority checks that text is empty or holds certificates.
func (k *checker) authority(path, text string) {
	if strings.TrimSpace(text) != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
		k.fail(path, "the value", "a certificate as PEM, or base64 of that", "")
	}
}

package config

import (
	"regexp"
	"slices"

	"gatehouse/internal/base/settings"
)

// ClientCertificates says which certificates of clients are believed.
type ClientCertificates struct {
	// Certificates of clients (mutual TLS). With `ca` or `ca_file`, clients are asked
	// for one in the handshake.
	DownstreamMTLS DownstreamMTLS `key:"downstream_mtls"`
}

// DownstreamMTLS says which certificates of clients are believed.
type DownstreamMTLS struct {
	// The authorities that may issue them: base64 of PEM, or PEM.
	CA string `key:"ca"`

	// The path of a PEM file with these authorities. `ca` wins.
	CAFile string `key:"ca_file"`

	// Revocation lists: base64 of PEM, or PEM. Only that of the authority which issued
	// the client's own certificate is looked at. A list past its time still counts.
	CRL string `key:"crl"`

	// The path of a PEM file with these lists. `crl` wins.
	CRLFile string `key:"crl_file"`

	// What happens without a valid certificate. `policy_with_default_deny`: every route
	// refuses the request, with status 495. `policy`: only rules with
	// `client_certificate` or `invalid_client_certificate` ask for it.
	// `reject_connection`: the handshake fails, for every host.
	Enforcement string `key:"enforcement" default:"policy_with_default_deny" enum:"policy_with_default_deny,policy,reject_connection" prefix:"mtls_enforcement_"`

	// Names of which a certificate must have one: a list of patterns (RE2), each of
	// which must match a whole name.
	MatchSubjectAltNames []SubjectAltName `key:"match_subject_alt_names"`

	// How many certificates may stand above the client's own, with that of the trusted
	// authority. 0 for no limit.
	MaxVerifyDepth int `key:"max_verify_depth" default:"1"`
}

// SubjectAltName is a pattern for one kind of name; one of the keys.
type SubjectAltName struct {
	// A host name.
	DNS string `key:"dns"`

	// An e-mail address.
	Email string `key:"email"`

	// An IP address.
	IPAddress string `key:"ip_address"`

	// A URI, such as a SPIFFE id.
	URI string `key:"uri"`

	// A user principal name of Active Directory.
	UserPrincipalName string `key:"user_principal_name"`
}

// Given returns the kind and the pattern. Several are an error of the file, which
// Validate finds.
func (s *SubjectAltName) Given() (kind, pattern string, ok bool) {
	for _, k := range []struct{ kind, pattern string }{
		{"dns", s.DNS}, {"email", s.Email}, {"ip_address", s.IPAddress}, {"uri", s.URI}, {"user_principal_name", s.UserPrincipalName},
	} {
		if k.pattern != "" && kind != "" {
			return "", "", false
		}
		if k.pattern != "" {
			kind, pattern = k.kind, k.pattern
		}
	}
	return kind, pattern, kind != ""
}

// RouteCertificates are the keys of a route about certificates of clients.
type RouteCertificates struct {
	// The authorities that may issue certificates of clients for this route, instead of
	// those in `downstream_mtls`: base64 of PEM, or PEM.
	TLSDownstreamClientCA string `key:"tls_downstream_client_ca"`

	// The path of a PEM file with these authorities. `tls_downstream_client_ca` wins.
	TLSDownstreamClientCAFile string `key:"tls_downstream_client_ca_file"`
}

// AsksForCertificates reports whether clients are asked for a certificate.
func (c *Config) AsksForCertificates() bool {
	own := func(r *Route) bool { return r.TLSDownstreamClientCA != "" || r.TLSDownstreamClientCAFile != "" }
	return c.DownstreamMTLS.asks() || slices.ContainsFunc(c.AllRoutes(), own)
}

func (m *DownstreamMTLS) asks() bool { return m.CA != "" || m.CAFile != "" }

// RequiresCertificate reports whether a route refuses whoever has no valid
// certificate, whatever its policy says.
func (c *Config) RequiresCertificate(r *Route) bool {
	own := r.TLSDownstreamClientCA != "" || r.TLSDownstreamClientCAFile != ""
	return (own || c.DownstreamMTLS.asks()) && c.DownstreamMTLS.Enforcement != "policy"
}

// ClientCAOf returns the authorities that may issue certificates for a route; "": it
// asks for none.
func (c *Config) ClientCAOf(r *Route) string {
	if r.TLSDownstreamClientCA != "" {
		return r.TLSDownstreamClientCA
	}
	return c.DownstreamMTLS.CA
}

func (c *Config) resolveMTLS(doc *settings.Document) {
	m := &c.DownstreamMTLS
	m.CA, m.CRL = pemOf(m.CA), pemOf(m.CRL)
	if m.CA == "" {
		m.CA = c.readCertificate(doc, "downstream_mtls.ca_file", m.CAFile)
	}
	if m.CRL == "" {
		m.CRL = c.readCertificate(doc, "downstream_mtls.crl_file", m.CRLFile)
	}
	for _, r := range c.AllRoutes() {
		r.TLSDownstreamClientCA = pemOf(r.TLSDownstreamClientCA)
		if r.TLSDownstreamClientCA == "" {
			r.TLSDownstreamClientCA = c.readCertificate(doc, r.Key+".tls_downstream_client_ca_file", r.TLSDownstreamClientCAFile)
		}
	}
}

func (k *checker) checkMTLS(c *Config) {
	m := &c.DownstreamMTLS
	k.authority("downstream_mtls.ca", m.CA)
	for i, r := range c.AllRoutes() {
		k.authority(r.keyed(i).Key+".tls_downstream_client_ca", r.TLSDownstreamClientCA)
	}
	for i := range m.MatchSubjectAltNames {
		path := settings.Item("downstream_mtls.match_subject_alt_names", i)
		_, pattern, ok := m.MatchSubjectAltNames[i].Given()
		if !ok {
			k.fail(path, "the value", "an object with one of dns, email, ip_address, uri, user_principal_name", "")
		} else if _, err := regexp.Compile(pattern); err != nil {
			k.pattern(path, pattern)
		}
	}
	if m.MaxVerifyDepth < 0 {
		k.fail("downstream_mtls.max_verify_depth", "the value", "0 or more", "")
	}
	k.checkMTLSTogether(c)
}

// checkMTLSTogether refuses what would ask for no certificate although it is meant to.
func (k *checker) checkMTLSTogether(c *Config) {
	m := &c.DownstreamMTLS
	if !m.asks() && (m.CRL != "" || len(m.MatchSubjectAltNames) > 0 || m.Enforcement == "reject_connection") {
		k.missing("downstream_mtls.ca_file", "the other keys of downstream_mtls need it: name the authorities that issue the certificates of clients")
	}
	if c.InsecureServer && c.AsksForCertificates() {
		k.fail("insecure_server", "cannot be used together with certificates of clients (downstream_mtls, tls_downstream_client_ca)", "", "only the server that terminates TLS can ask for them: let Gatehouse do it, or check certificates in the proxy in front")
	}
}

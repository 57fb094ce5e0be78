package config

import (
	"encoding/base64"
	"net"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// ACME says from which authority Gatehouse gets certificates by itself.
type ACME struct {
	// Get certificates for the hosts of all routes and of sign-in, and renew them. The
	// authority checks each host by a handshake at port 443, or by a request at port
	// 80 if `http_redirect_addr` has that port; both must lead here. Hosts with `*`
	// need a certificate of your own. Certificates and keys are in the database,
	// sealed, for all nodes.
	Autocert bool `key:"autocert"`

	// The directory URL of the authority. Left out: Let's Encrypt.
	AutocertCA *url.URL `key:"autocert_ca"`

	// The address that the authority tells of trouble.
	AutocertEmail string `key:"autocert_email"`

	// Use the staging service of Let's Encrypt, whose certificates no browser trusts.
	AutocertUseStaging bool `key:"autocert_use_staging"`

	// The id of your account at the authority, if it wants one (external account
	// binding).
	AutocertEABKeyID string `key:"autocert_eab_key_id"`

	// The key of that account: base64url.
	AutocertEABMACKey seal.Secret `key:"autocert_eab_mac_key"`

	// Certificates of the authorities to trust for the authority's own address: PEM,
	// or base64 of PEM.
	AutocertTrustedCA string `key:"autocert_trusted_ca"`

	// The path of a file with such certificates.
	AutocertTrustedCAFile string `key:"autocert_trusted_ca_file"`

	// Ask for certificates that are good with an OCSP answer alone.
	AutocertMustStaple bool `key:"autocert_must_staple"`
}

func (c *Config) resolveAutocert(doc *settings.Document) {
	c.AutocertTrustedCA = pemOf(c.AutocertTrustedCA)
	if c.AutocertTrustedCA == "" && c.AutocertTrustedCAFile != "" {
		c.AutocertTrustedCA = c.readCertificate(doc, "autocert_trusted_ca_file", c.AutocertTrustedCAFile)
	}
}

// checkAutocert checks the keys that begin with autocert_.
// Pomerium: the trusted authorities stand in the file or in a file of their own.
func (k *checker) checkAutocert(a *ACME) {
	if a.AutocertCA != nil {
		k.secureURL("autocert_ca", a.AutocertCA)
	}
	k.checkHalf("autocert_eab_key_id", a.AutocertEABKeyID != "", "autocert_eab_mac_key", a.AutocertEABMACKey != "")
	if _, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(a.AutocertEABMACKey.Reveal(), "=")); err != nil {
		k.fail("autocert_eab_mac_key", "the secret", "base64url", "copy it from the authority as it is")
	}
	if a.AutocertTrustedCA != "" {
		if _, err := certs.Pool(a.AutocertTrustedCA); err != nil {
			k.fail("autocert_trusted_ca", "the text", "certificates as PEM, or base64 of that", "")
		}
	}
}

// warnAutocert says what keeps the authority from checking hosts, or leaves them out.
func (c *Config) warnAutocert() {
	if !c.Autocert {
		return
	}
	if c.InsecureServer {
		c.Warnings = append(c.Warnings, "autocert has no effect with insecure_server: the proxy in front has the certificates")
		return
	}
	if !listensAt(c.HTTPRedirectAddr, "80") && !listensAt(c.Address, "443") {
		c.Warnings = append(c.Warnings, "autocert: the authority checks hosts at port 443, and address is "+c.Address+": let port 443 of the hosts lead to it, or set http_redirect_addr to :80")
	}
	var wild []string
	for _, r := range c.AllRoutes() {
		if r.From != nil && strings.Contains(r.From.Host, "*") && !slices.Contains(wild, r.From.Host) {
			wild = append(wild, r.From.Host)
		}
	}
	if len(wild) > 0 {
		c.Warnings = append(c.Warnings, "autocert gets no certificate for "+strings.Join(wild, ", ")+": give one with certificates")
	}
}

// listensAt reports whether an address has a port.
func listensAt(address, port string) bool {
	_, has, err := net.SplitHostPort(address)
	return err == nil && has == port
}

// AnswersHTTPChallenges reports whether the authority's requests at port 80 come to
// http_redirect_addr.
func (c *Config) AnswersHTTPChallenges() bool { return listensAt(c.HTTPRedirectAddr, "80") }

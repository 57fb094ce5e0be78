package config

import (
	"crypto/x509"
	"strings"
	"time"
)

// Upstreams holds the settings for all upstreams and all answers.
type Upstreams struct {
	// How long an upstream may take for a whole answer, unless its route has a
	// `timeout`. 0 for no limit.
	DefaultUpstreamTimeout time.Duration `key:"default_upstream_timeout" default:"30s"`

	// Headers to set on every answer. The key `disable`, with any value, turns
	// all of them off, the built-in ones included.
	SetResponseHeaders map[string]string `key:"set_response_headers"`

	// A certificate authority to trust in addition to the system's, for
	// upstreams and identity providers: base64 of PEM, or PEM.
	CertificateAuthority string `key:"certificate_authority"`

	// The path of a PEM file with more such authorities.
	CertificateAuthorityFile string `key:"certificate_authority_file"`
}

func (k *checker) checkUpstreams(u *Upstreams) {
	k.headers("set_response_headers", u.SetResponseHeaders)
	k.authority("certificate_authority", u.CertificateAuthority)
}

// authority checks that text is empty or holds certificates.
func (k *checker) authority(path, text string) {
	if strings.TrimSpace(text) != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
		k.fail(path, "the value", "a certificate as PEM, or base64 of that", "")
	}
}

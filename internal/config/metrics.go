package config

import (
	"encoding/base64"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// Metrics says where Prometheus reads metrics, and who may.
type Metrics struct {
	// The address that serves `/metrics` for Prometheus. Off when empty.
	MetricsAddress string `key:"metrics_address"`

	// Who may read the metrics: base64 of `user:password`.
	MetricsBasicAuth seal.Secret `key:"metrics_basic_auth"`

	// The certificate of `metrics_address`: base64 of PEM, or PEM. Left out, the
	// metrics are served without TLS.
	MetricsCertificate string `key:"metrics_certificate"`

	// Its private key: base64 of PEM, or PEM.
	MetricsCertificateKey seal.Secret `key:"metrics_certificate_key"`

	// The certificate of `metrics_address`: the path of a PEM file.
	MetricsCertificateFile string `key:"metrics_certificate_file"`

	// Its private key: the path of a PEM file.
	MetricsCertificateKeyFile string `key:"metrics_certificate_key_file"`

	// The authorities of which one must have signed the certificate of a client that
	// reads the metrics: base64 of PEM, or PEM. It needs a metrics certificate.
	MetricsClientCA string `key:"metrics_client_ca"`

	// The path of a PEM file with such authorities.
	MetricsClientCAFile string `key:"metrics_client_ca_file"`
}

func (c *Config) resolveMetrics(doc *settings.Document) {
	m := &c.Metrics
	m.MetricsCertificate, m.MetricsCertificateKey, m.MetricsClientCA = pemOf(m.MetricsCertificate), pemOf(m.MetricsCertificateKey), pemOf(m.MetricsClientCA)
	if m.MetricsCertificate == "" && m.MetricsCertificateFile != "" {
		m.MetricsCertificate = c.readCertificate(doc, "metrics_certificate_file", m.MetricsCertificateFile)
	}
	if m.MetricsCertificateKey == "" && m.MetricsCertificateKeyFile != "" {
		m.MetricsCertificateKey = seal.Secret(c.readCertificate(doc, "metrics_certificate_key_file", m.MetricsCertificateKeyFile))
	}
	if m.MetricsClientCA == "" && m.MetricsClientCAFile != "" {
		m.MetricsClientCA = c.readCertificate(doc, "metrics_client_ca_file", m.MetricsClientCAFile)
	}
}

// Credentials returns the user and the password that the metrics ask for. ok is false
// if they ask for none.
func (m *Metrics) Credentials() (user string, password seal.Secret, ok bool) {
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(m.MetricsBasicAuth.Reveal()))
	if err != nil || m.MetricsBasicAuth == "" {
		return "", "", false
	}
	user, text, ok := strings.Cut(string(plain), ":")
	return user, seal.Secret(text), ok
}

// TLSPair returns the certificate of the metrics, or nil if they have none.
func (m *Metrics) TLSPair() *KeyPair {
	if m.MetricsCertificate == "" && m.MetricsCertificateKey == "" {
		return nil
	}
	return &KeyPair{m.MetricsCertificate, m.MetricsCertificateKey}
}

func (k *checker) checkMetrics(m *Metrics) {
	if m.MetricsAddress != "" {
		k.address("metrics_address", m.MetricsAddress)
	}
	if user, password, ok := m.Credentials(); m.MetricsBasicAuth != "" && (!ok || user == "" || password == "") {
		k.fail("metrics_basic_auth", "the value", "base64 of user:password", "")
	}
	hasCert, hasKey := m.MetricsCertificate+m.MetricsCertificateFile != "", m.MetricsCertificateKey != "" || m.MetricsCertificateKeyFile != ""
	k.checkHalf("metrics_certificate", hasCert, "metrics_certificate_key", hasKey)
	if pair := m.TLSPair(); pair != nil && pair.Cert != "" && pair.Key != "" {
		if _, err := pair.Parse(); err != nil {
			k.fail("metrics_certificate", "the certificate with its key", "a pair that TLS can use", strings.TrimPrefix(err.Error(), "tls: "))
		}
	}
	if m.MetricsClientCA+m.MetricsClientCAFile != "" && !hasCert {
		k.fail("metrics_client_ca", "found without metrics_certificate", "", "clients show a certificate only to a server with TLS: add metrics_certificate and metrics_certificate_key")
	}
	k.authority("metrics_client_ca", m.MetricsClientCA)
}

package config

import (
	"encoding/base64"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// resolve reads the files that keys name, and decodes base64 of PEM.
func (c *Config) resolve(doc *settings.Document) {
	c.resolveSecret(doc, "shared_secret_file", c.SharedSecretFile, &c.SharedSecret)
	c.resolveSecret(doc, "cookie_secret_file", c.CookieSecretFile, &c.CookieSecret)
	c.resolveSecret(doc, "idp_client_secret_file", c.IDPClientSecretFile, &c.IDPClientSecret)
	for i := range c.IDPProviders {
		p := &c.IDPProviders[i]
		c.resolveSecret(doc, settings.Item("idp_providers", i)+".client_secret_file", p.ClientSecretFile, &p.ClientSecret)
	}
	c.resolveSecret(doc, "signing_key_file", c.SigningKeyFile, &c.SigningKey)
	c.SigningKey = pemOf(c.SigningKey)
	c.resolveCertificates(doc)
	c.resolveAutocert(doc)
	c.resolveMTLS(doc)
	c.resolveMetrics(doc)
	c.CertificateAuthority = pemOf(c.CertificateAuthority)
	if c.CertificateAuthorityFile != "" {
		c.CertificateAuthority += "\n" + c.readCertificate(doc, "certificate_authority_file", c.CertificateAuthorityFile)
	}
	for _, r := range c.AllRoutes() {
		c.resolveRoute(doc, r)
	}
}

// resolveSecret replaces a secret by the content of its file, if a file is named.
// It removes white space around the content: editors leave a newline.
func (c *Config) resolveSecret(doc *settings.Document, path, file string, to *seal.Secret) {
	if file == "" {
		return
	}
	*to = seal.Secret(strings.TrimSpace(doc.ReadText(path, file)))
}

func (c *Config) resolveCertificates(doc *settings.Document) {
	c.Certificate, c.CertificateKey = pemOf(c.Certificate), pemOf(c.CertificateKey)
	if c.Certificate != "" || c.CertificateKey != "" {
		c.TLS = append(c.TLS, KeyPair{c.Certificate, c.CertificateKey})
	}
	if c.CertificateFile != "" || c.CertificateKeyFile != "" {
		c.TLS = append(c.TLS, KeyPair{
			Cert: c.readCertificate(doc, "certificate_file", c.CertificateFile),
			Key:  seal.Secret(c.readCertificate(doc, "certificate_key_file", c.CertificateKeyFile)),
		})
	}
	for i, files := range c.Certificates {
		at := settings.Item("certificates", i)
		c.TLS = append(c.TLS, KeyPair{
			Cert: c.readCertificate(doc, at+".cert", files.Cert),
			Key:  seal.Secret(c.readCertificate(doc, at+".key", files.Key)),
		})
	}
}

// readCertificate reads a file of a certificate or its key. It returns "" for a
// command that asks the rules alone.
func (c *Config) readCertificate(doc *settings.Document, path, file string) string {
	if c.rulesAlone {
		return ""
	}
	return doc.ReadText(path, file)
}

func (c *Config) resolveRoute(doc *settings.Document, r *Route) {
	r.resolveTunnel()
	c.resolveKubernetes(doc, r)
	r.TLSCustomCA = pemOf(r.TLSCustomCA)
	if r.TLSCustomCA == "" {
		r.TLSCustomCA = c.readCertificate(doc, r.Key+".tls_custom_ca_file", r.TLSCustomCAFile)
	}
	r.TLSClientCert, r.TLSClientKey = pemOf(r.TLSClientCert), pemOf(r.TLSClientKey)
	if r.TLSClientCert == "" {
		r.TLSClientCert = c.readCertificate(doc, r.Key+".tls_client_cert_file", r.TLSClientCertFile)
	}
	if r.TLSClientKey == "" {
		r.TLSClientKey = seal.Secret(c.readCertificate(doc, r.Key+".tls_client_key_file", r.TLSClientKeyFile))
	}
}

// pemOf returns the PEM in text, which is PEM or base64 of PEM. It returns any
// other text unchanged; validation refuses that.
func pemOf[T ~string](text T) T {
	trimmed := strings.TrimSpace(string(text))
	if trimmed == "" || strings.HasPrefix(trimmed, "-----BEGIN") {
		return T(trimmed)
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(trimmed), ""))
	if err != nil {
		return T(trimmed)
	}
	return T(data)
}

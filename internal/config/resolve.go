package config

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"

	"gatehouse/internal/base/seal"
)

// resolve reads the files that keys name, and turns base64 of PEM into PEM.
func (c *Config) resolve(d *decoder) {
	c.resolveSecret(d, "shared_secret_file", c.SharedSecretFile, &c.SharedSecret)
	c.resolveSecret(d, "cookie_secret_file", c.CookieSecretFile, &c.CookieSecret)
	c.resolveSecret(d, "idp_client_secret_file", c.IDPClientSecretFile, &c.IDPClientSecret)
	c.resolveSecret(d, "signing_key_file", c.SigningKeyFile, &c.SigningKey)
	c.SigningKey = pemOf(c.SigningKey)
	c.resolveCertificates(d)
	c.CertificateAuthority = pemOf(c.CertificateAuthority)
	if c.CertificateAuthorityFile != "" {
		c.CertificateAuthority += "\n" + c.fileText(d, "certificate_authority_file", c.CertificateAuthorityFile)
	}
	for _, r := range c.AllRoutes() {
		c.resolveRoute(d, r)
	}
}

// resolveSecret replaces a secret by what its file holds. The file wins, and
// white space around it does not count: editors leave a newline.
func (c *Config) resolveSecret(d *decoder, path, file string, to *seal.Secret) {
	if file == "" {
		return
	}
	text := strings.TrimSpace(c.fileText(d, path, file))
	if text == "" {
		d.unread(c, path, quote(file), "a file with a secret", "")
	}
	*to = seal.Secret(text)
}

func (c *Config) resolveCertificates(d *decoder) {
	c.Certificate, c.CertificateKey = pemOf(c.Certificate), pemOf(c.CertificateKey)
	if c.Certificate != "" || c.CertificateKey != "" {
		c.TLS = append(c.TLS, KeyPair{c.Certificate, c.CertificateKey})
	}
	if c.CertificateFile != "" || c.CertificateKeyFile != "" {
		c.TLS = append(c.TLS, KeyPair{
			Cert: c.fileText(d, "certificate_file", c.CertificateFile),
			Key:  seal.Secret(c.fileText(d, "certificate_key_file", c.CertificateKeyFile)),
		})
	}
	for i, files := range c.Certificates {
		at := item("certificates", i)
		c.TLS = append(c.TLS, KeyPair{
			Cert: c.fileText(d, at+".cert", files.Cert),
			Key:  seal.Secret(c.fileText(d, at+".key", files.Key)),
		})
	}
}

func (c *Config) resolveRoute(d *decoder, r *Route) {
	r.TLSCustomCA = pemOf(r.TLSCustomCA)
	if r.TLSCustomCA == "" {
		r.TLSCustomCA = c.fileText(d, r.Key+".tls_custom_ca_file", r.TLSCustomCAFile)
	}
	r.TLSClientCert, r.TLSClientKey = pemOf(r.TLSClientCert), pemOf(r.TLSClientKey)
	if r.TLSClientCert == "" {
		r.TLSClientCert = c.fileText(d, r.Key+".tls_client_cert_file", r.TLSClientCertFile)
	}
	if r.TLSClientKey == "" {
		r.TLSClientKey = seal.Secret(c.fileText(d, r.Key+".tls_client_key_file", r.TLSClientKeyFile))
	}
}

// fileText returns the content of a file that the key at path names, or "" and
// a fault.
func (c *Config) fileText(d *decoder, path, file string) string {
	if file == "" {
		return ""
	}
	data, err := c.readFile(file)
	if err != nil {
		d.unread(c, path, quote(file), "a file that can be read", reason(err))
	}
	return string(data)
}

// unread reports a fault of a file, one for each path.
func (d *decoder) unread(c *Config, path, found, expected, hint string) {
	for _, f := range d.faults {
		if f.Path == path {
			return
		}
	}
	d.faults = append(d.faults, c.Fault(path, found, expected, hint))
}

func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "this process may not read it"
	default:
		return err.Error()
	}
}

// pemOf returns the PEM that text holds, as it is or as base64. A text that is
// neither stays as it is, for validation to find.
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

func digest(data []byte, err error) string {
	if err != nil {
		return "unreadable"
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

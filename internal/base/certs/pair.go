package certs

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
)

// load reads the pair and parses its leaf.
func (p Pair) load() (*tls.Certificate, error) {
	certPEM, err := contents(p.CertFile, p.Cert)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	keyPEM, err := contents(p.KeyFile, p.Key.Reveal())
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", err)
	}
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", p.name(), strings.TrimPrefix(err.Error(), "tls: "))
	}
	return &cert, nil
}

func (p Pair) name() string {
	if p.CertFile != "" {
		return p.CertFile
	}
	return "inline certificate"
}

func contents(path, text string) ([]byte, error) {
	if path != "" {
		return os.ReadFile(path)
	}
	return decode(text)
}

// decode returns the PEM of a text that is PEM or base64 of PEM. Its error holds
// no part of the text, which may be a key.
func decode(text string) ([]byte, error) {
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(trimmed, "-----BEGIN ") {
		return []byte(trimmed), nil
	}
	data, err := base64.StdEncoding.DecodeString(trimmed)
	if err != nil || !bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN ")) {
		return nil, errors.New("neither PEM nor base64 of PEM")
	}
	return data, nil
}

// Pool returns the system's authorities and those in the texts, each of them
// PEM or base64 of PEM.
func Pool(texts ...string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's authorities: %w", err)
	}
	for i, text := range texts {
		data, err := decode(text)
		if err != nil {
			return nil, fmt.Errorf("authority %d: %w", i+1, err)
		}
		if !pool.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("authority %d: no certificate in the PEM", i+1)
		}
	}
	return pool, nil
}

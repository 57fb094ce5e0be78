package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"slices"
	"strings"
	"time"
)

// makeAuthority returns a new authority and its key as PEM.
func makeAuthority(hosts []string, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template, err := template(now, authorityFor)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(public)
	template.Subject = pkix.Name{CommonName: "Gatehouse local CA " + hex.EncodeToString(id[:4])}
	template.KeyUsage = x509.KeyUsageCertSign
	template.IsCA, template.MaxPathLenZero = true, true // it signs no other authorities
	constrain(template, hosts)
	return sign(template, template, key, key)
}

// constrain says for which hosts an authority may sign. A kind of name of which
// nothing is said would be free, so both kinds always have some. RFC 5280 §4.2.1.10.
func constrain(template *x509.Certificate, hosts []string) {
	template.PermittedDNSDomainsCritical = true
	template.PermittedIPRanges = []*net.IPNet{{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}}
	for _, host := range hosts {
		name := strings.TrimPrefix(host, "*.")
		switch ip := net.ParseIP(host); {
		case ip != nil && !within(ip, template.PermittedIPRanges):
			template.PermittedIPRanges = append(template.PermittedIPRanges, alone(ip))
		case ip == nil && !slices.Contains(template.PermittedDNSDomains, name):
			template.PermittedDNSDomains = append(template.PermittedDNSDomains, name)
		}
	}
}

func within(ip net.IP, networks []*net.IPNet) bool {
	return slices.ContainsFunc(networks, func(n *net.IPNet) bool { return n.Contains(ip) })
}

// alone returns the network of one address.
func alone(ip net.IP) *net.IPNet {
	if four := ip.To4(); four != nil {
		ip = four
	}
	return &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))}
}

// issue returns a new certificate for the hosts, for which the authority must be good.
func (a *Authority) issue(hosts []string, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template, err := template(now, leafFor)
	if err != nil {
		return nil, err
	}
	template.Subject = pkix.Name{Organization: []string{"Gatehouse local certificate"}}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	data, err := sign(template, a.pair.Leaf, key, a.pair.PrivateKey.(crypto.Signer))
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair(data, data)
	return &cert, err
}

// template returns what all certificates have.
func template(now time.Time, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	return &x509.Certificate{
		SerialNumber: serial,
		NotBefore:    now.Add(-time.Hour), // for clients whose clocks are slow
		NotAfter:     now.Add(life),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true,
	}, err
}

// sign returns a certificate and its key as PEM.
func sign(template, parent *x509.Certificate, key, by crypto.Signer) ([]byte, error) {
	cert, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = errors.Join(
		pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return out.Bytes(), err
}

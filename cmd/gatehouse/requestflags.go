package main

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/netip"
	"os"
)

// sourceAddress is a flag with the address that a request comes from.
type sourceAddress struct{ netip.Addr }

// String implements pflag.Value.
func (a *sourceAddress) String() string {
	if !a.IsValid() {
		return ""
	}
	return a.Addr.String()
}

// Type implements pflag.Value.
func (a *sourceAddress) Type() string { return "address" }

// Set implements pflag.Value.
func (a *sourceAddress) Set(text string) (err error) {
	if a.Addr, err = netip.ParseAddr(text); err != nil {
		return errors.New("write an IP address, for example 192.0.2.7")
	}
	return nil
}

// certificateFile is a flag with the file of the certificates that a client sends.
type certificateFile struct {
	path string
	sent []*x509.Certificate
}

func (f *certificateFile) given() bool { return f.path != "" }

// String implements pflag.Value.
func (f *certificateFile) String() string { return f.path }

// Type implements pflag.Value.
func (f *certificateFile) Type() string { return "file" }

// Set implements pflag.Value.
func (f *certificateFile) Set(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue // a key may stand beside it
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("read a certificate in %s: %w", path, err)
		}
		f.sent = append(f.sent, c)
	}
	if len(f.sent) == 0 {
		return fmt.Errorf("%s has no certificate in PEM", path)
	}
	f.path = path
	return nil
}

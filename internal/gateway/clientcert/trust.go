package clientcert

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/base/fault"
)

// ErrInvalid refuses a certificate. The cause is for the log.
var ErrInvalid = fault.New(fault.Denied, "client_certificate_invalid", "The client certificate is not valid here.")

// Trust is what certificates are checked against. It does not change after New.
type Trust struct {
	roots *x509.CertPool
	names []*x509.Certificate // the roots, to tell clients which certificates are wanted
	lists map[string]list     // by the issuer's name, as in certificates
	sans  []SAN
	depth int
}

// list is a revocation list, or several of one issuer.
type list []*x509.RevocationList

// Config describes a Trust.
type Config struct {
	CAs  string // PEM
	CRLs string // PEM; empty: nothing is revoked
	// SANs are names of which a certificate must have one. Empty: any.
	SANs []SAN
	// Depth is how many certificates may stand above the client's own, up to and with
	// that of a trusted authority. 0: any number.
	Depth int
}

// New reads a trust. The error says which part can't be read.
func New(cfg Config) (*Trust, error) {
	t := &Trust{roots: x509.NewCertPool(), lists: map[string]list{}, sans: cfg.SANs, depth: cfg.Depth}
	cas, err := blocks(cfg.CAs, "CERTIFICATE")
	if err != nil {
		return nil, fmt.Errorf("read the authorities: %w", err)
	}
	for _, block := range cas {
		ca, err := x509.ParseCertificate(block)
		if err != nil {
			return nil, fmt.Errorf("read an authority: %w", err)
		}
		t.roots.AddCert(ca)
		t.names = append(t.names, ca)
	}
	if len(t.names) == 0 {
		return nil, errors.New("there is no certificate of an authority in it")
	}
	crls, err := blocks(cfg.CRLs, "X509 CRL")
	if err != nil {
		return nil, fmt.Errorf("read the revocation lists: %w", err)
	}
	for _, block := range crls {
		crl, err := x509.ParseRevocationList(block)
		if err != nil {
			return nil, fmt.Errorf("read a revocation list: %w", err)
		}
		t.lists[string(crl.RawIssuer)] = append(t.lists[string(crl.RawIssuer)], crl)
	}
	if cfg.CRLs != "" && len(t.lists) == 0 {
		return nil, errors.New("there is no revocation list in it")
	}
	return t, nil
}

// blocks returns the blocks of a kind. A text with the beginning of a block that does not
// decode is refused: of several lists, one would be missing.
func blocks(text, kind string) (all [][]byte, err error) {
	for rest := []byte(text); ; {
		begun := bytes.Count(rest, []byte("-----BEGIN "))
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil && begun == 0 {
			return all, nil
		}
		if block == nil || begun != bytes.Count(rest, []byte("-----BEGIN "))+1 {
			return nil, errors.New("a block of its PEM is damaged or has no end; was the file cut while it was written?")
		}
		if block.Type == kind {
			all = append(all, block.Bytes)
		}
	}
}

// AddNames adds the trusted authorities to a pool, from which a handshake tells
// clients which certificates are wanted.
func (t *Trust) AddNames(pool *x509.CertPool) {
	for _, ca := range t.names {
		pool.AddCert(ca)
	}
}

// Verify checks the certificates that a client sent, its own first. The error is
// ErrInvalid.
func (t *Trust) Verify(sent []*x509.Certificate, now time.Time) error {
	if len(sent) == 0 {
		return ErrInvalid.Because(errors.New("there is none"))
	}
	between := x509.NewCertPool()
	for _, c := range sent[1:] {
		between.AddCert(c)
	}
	chains, err := sent[0].Verify(x509.VerifyOptions{
		Roots: t.roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return ErrInvalid.Because(err)
	}
	why := errors.New("the chain to a trusted authority is longer than max_verify_depth")
	for _, chain := range chains {
		if t.depth > 0 && len(chain)-1 > t.depth {
			continue
		}
		if why = t.checkChain(chain); why == nil {
			return nil
		}
	}
	return ErrInvalid.Because(why)
}

func (t *Trust) checkChain(chain []*x509.Certificate) error {
	if err := t.checkRevoked(chain); err != nil {
		return err
	}
	if len(t.sans) > 0 && !slices.ContainsFunc(t.sans, func(s SAN) bool { return s.matches(chain[0]) }) {
		return errors.New("none of its names matches match_subject_alt_names")
	}
	return nil
}

// checkRevoked looks into the lists of the certificate's own issuer. Pomerium: those
// of authorities above are not looked at. A list whose signature is wrong may be
// somebody's who hides a revocation, so nothing of its issuer passes. A list past its
// time still counts: it is the newest that there is.
func (t *Trust) checkRevoked(chain []*x509.Certificate) error {
	if len(chain) < 2 {
		return nil // it is trusted itself
	}
	for _, crl := range t.lists[string(chain[0].RawIssuer)] {
		if err := crl.CheckSignatureFrom(chain[1]); err != nil {
			return fmt.Errorf("the revocation list of its issuer: %w", err)
		}
		if slices.ContainsFunc(crl.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool { return e.SerialNumber.Cmp(chain[0].SerialNumber) == 0 }) {
			return errors.New("it was revoked")
		}
	}
	return nil
}

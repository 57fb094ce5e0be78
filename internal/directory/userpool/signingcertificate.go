package userpool

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"
)

// certificateLife is how long a certificate of a pool is valid. After
// certificateRenewal, the pool gets another one for the same key.
// Cognito: "SAML signing and encryption".
const (
	certificateLife    = 10
	certificateRenewal = 365 * 24 * time.Hour
)

// SAMLKey is the key with which a pool signs what it sends to SAML providers.
type SAMLKey struct {
	Pool        PoolID
	Sealed      []byte // PKCS #8
	Certificate []byte // DER
	Issued      time.Time
}

// SAMLKeyStore keeps the signing keys for SAML. See [Store] for what all methods
// have in common.
type SAMLKeyStore interface {
	// SAMLKey returns nil if the pool has no key yet.
	SAMLKey(ctx context.Context, pool PoolID) (*SAMLKey, error)
	// UpdateSAMLKey calls change with a key that is empty if the pool has none.
	// ErrPoolNotFound.
	UpdateSAMLKey(ctx context.Context, pool PoolID, change func(*SAMLKey) error) (*SAMLKey, error)
}

// SigningCertificate returns the certificate, in DER, by which SAML providers
// recognise what the pool signs. It makes the key when it is first asked for, and
// a new certificate every year. ErrPoolNotFound.
func (e *Engine) SigningCertificate(ctx context.Context, pool PoolID) ([]byte, error) {
	k, err := e.store.SAMLKey(ctx, pool)
	if err != nil {
		return nil, err
	}
	if k != nil && e.now().Before(k.Issued.Add(certificateRenewal)) {
		return k.Certificate, nil
	}
	next, err := e.nextSAMLKey(pool, k) // made before the transaction, because it takes long
	if err != nil {
		return nil, err
	}
	k, err = e.store.UpdateSAMLKey(ctx, pool, func(k *SAMLKey) error {
		if k.Certificate == nil || next.Issued.After(k.Issued.Add(certificateRenewal)) {
			*k = *next
		}
		return nil
	})
	if err != nil {
		return nil, namePool(err, pool)
	}
	return k.Certificate, nil
}

// nextSAMLKey returns what follows before, which may be nil.
func (e *Engine) nextSAMLKey(pool PoolID, before *SAMLKey) (*SAMLKey, error) {
	next := &SAMLKey{Pool: pool, Issued: e.now()}
	key, err := e.samlKey(pool, before)
	if err != nil {
		return nil, err
	}
	if next.Certificate, err = selfSigned(key, string(pool), next.Issued, x509.KeyUsageDigitalSignature); err != nil {
		return nil, err
	}
	if before != nil {
		next.Sealed = before.Sealed
		return next, nil
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	next.Sealed, err = e.sealer.Seal(der, SAMLKeyContext(pool))
	return next, err
}

// samlKey returns the private key of k, or a new one if k is nil.
func (e *Engine) samlKey(pool PoolID, k *SAMLKey) (*rsa.PrivateKey, error) {
	if k == nil {
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	der, err := e.sealer.Open(k.Sealed, SAMLKeyContext(pool))
	if err != nil {
		return nil, fmt.Errorf("open the SAML signing key of pool %s: %w", pool, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read the SAML signing key of pool %s: %w", pool, err)
	}
	return key.(*rsa.PrivateKey), nil
}

// SAMLKeyContext ties a sealed key to its pool.
func SAMLKeyContext(pool PoolID) string { return "saml-signing-key:" + string(pool) }

// selfSigned returns a certificate of ten years for a key.
func selfSigned(key *rsa.PrivateKey, name string, now time.Time, use x509.KeyUsage) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(certificateLife, 0, 0), KeyUsage: use, // an hour for clocks that are behind
	}
	return x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
}

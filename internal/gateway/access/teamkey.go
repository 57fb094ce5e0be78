package access

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

// ErrNoTeamKey says that the store has no team key yet.
var ErrNoTeamKey = fault.New(fault.NotFound, "team_key_missing", "There is no team key yet.")

// TeamKey is the key that signs application tokens, as the store keeps it.
type TeamKey struct {
	ID          string // the kid: 64 hexadecimal digits
	Sealed      []byte // the private key in PKCS #8, sealed
	Certificate []byte // DER, self-signed, for verifiers that want a certificate
	Created     time.Time
}

// TeamKeyStore keeps the team key.
type TeamKeyStore interface {
	// TeamKey fails with ErrNoTeamKey.
	TeamKey(ctx context.Context) (*TeamKey, error)
	// KeepTeamKey saves k if there is no team key, and returns the stored key.
	// When several nodes start at the same time, all get the key of the first.
	KeepTeamKey(ctx context.Context, k *TeamKey) (*TeamKey, error)
}

// signingKey is the team key, ready to sign.
type signingKey struct {
	id      string
	private *rsa.PrivateKey
	signer  jose.Signer
	cert    string // PEM
}

// keyBits is the size of the team key. It signs with RS256, because every
// verifier of application tokens supports it.
const keyBits = 2048

// certificateLife is long, because verifiers check the key and ignore the
// dates.
const certificateLife = 20 * 365 * 24 * time.Hour

// newTeamKey makes a key and its certificate, in which team is the subject.
func newTeamKey(sealer *seal.Sealer, team string, now time.Time) (*TeamKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("make team key: %w", err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("encode team key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return nil, fmt.Errorf("encode team key: %w", err)
	}
	sum := sha256.Sum256(public)
	k := &TeamKey{ID: hex.EncodeToString(sum[:]), Created: now}
	if k.Sealed, err = sealer.Seal(plain, keyContext(k.ID)); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(sum[:8]), Subject: pkix.Name{CommonName: team},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	k.Certificate, err = x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	return k, err
}

// open opens the seal of k.
func (k *TeamKey) open(sealer *seal.Sealer) (*signingKey, error) {
	plain, err := sealer.Open(k.Sealed, keyContext(k.ID))
	if err != nil {
		return nil, fmt.Errorf("open team key %s: %w", k.ID, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("decode team key %s: %w", k.ID, err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the team key is not an RSA key")
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: private, KeyID: k.ID}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("prepare team key: %w", err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate})
	return &signingKey{id: k.ID, private: private, signer: signer, cert: string(cert)}, nil
}

// keyContext ties a sealed key to its ID.
func keyContext(id string) string { return "team-key:" + id }

package config

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
	"golang.org/x/net/http/httpguts"
)

// Identity says what Gatehouse tells an upstream about the user of a request.
type Identity struct {
	// Send the signed assertion and the claim headers to upstreams. A route can
	// override this.
	PassIdentityHeaders bool `key:"pass_identity_headers"`

	// Claims that upstreams get in separate headers: a map of header to claim,
	// or a list of claims. A claim of the list is sent in the header
	// `X-Pomerium-Claim-<claim>`.
	JWTClaimsHeaders ClaimHeaders `key:"jwt_claims_headers"`

	// The form of the issuer in assertions: the host of the route (`host_only`),
	// or the URL `https://host/` (`uri`).
	JWTIssuerFormat string `key:"jwt_issuer_format" default:"host_only" enum:"host_only,uri" prefix:"issuer_"`

	// The groups that upstreams are told of, in assertions, in claim headers and for
	// Kubernetes. Left out, all; with an empty list, none. A route can add to it. Rules
	// see all groups.
	JWTGroupsFilter []string `key:"jwt_groups_filter"`

	// The private keys that sign assertions: PEM, or base64 of PEM. A P-256 key
	// signs with ES256, an RSA key with RS256. The first key signs; all are
	// published. Left out, Gatehouse creates a key and keeps it with the other
	// keys of this installation.
	SigningKey seal.Secret `key:"signing_key"`

	// The path of a file that holds `signing_key`. It wins over the key.
	SigningKeyFile string `key:"signing_key_file"`
}

// ClaimHeaders maps the name of a header to the claim whose value it carries.
type ClaimHeaders map[string]string

func (k *checker) checkIdentity(id *Identity) {
	for _, header := range sortedKeys(id.JWTClaimsHeaders) {
		claim := id.JWTClaimsHeaders[header]
		switch {
		case !httpguts.ValidHeaderFieldName(header) && header == claimHeaderPrefix+claim:
			k.fail("jwt_claims_headers", settings.Quote(claim), "a claim whose name can be part of a header name", "write a map of header to claim instead, for example "+claimHeaderPrefix+"Groups: "+claim)
		case !httpguts.ValidHeaderFieldName(header):
			k.fail("jwt_claims_headers", settings.Quote(header), "the name of a header", "")
		case claim == "":
			k.missing(settings.Join("jwt_claims_headers", header), "write the name of a claim")
		}
	}
	if id.SigningKey == "" {
		return
	}
	if _, err := id.SigningKeys(); err != nil {
		k.fail("signing_key", "the secret", "a P-256 or RSA private key as PEM, or base64 of that", err.Error())
	}
}

// SigningKeys returns the private keys of signing_key, each an *ecdsa.PrivateKey
// on P-256 or an *rsa.PrivateKey of 2048 bits or more. The first key signs.
// SigningKeys returns nil if signing_key is not set.
func (id *Identity) SigningKeys() ([]crypto.Signer, error) {
	if id.SigningKey == "" {
		return nil, nil
	}
	var keys []crypto.Signer
	for rest := []byte(id.SigningKey.Reveal()); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "EC PARAMETERS" || block.Type == "CERTIFICATE" || block.Type == "PUBLIC KEY" {
			continue
		}
		key, err := signingKey(block)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no private key in it")
	}
	return keys, nil
}

func signingKey(block *pem.Block) (crypto.Signer, error) {
	key, err := privateKey(block)
	if err != nil {
		return nil, fmt.Errorf("the block %s cannot be read as a private key", block.Type)
	}
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		if key.Curve != elliptic.P256() {
			return nil, fmt.Errorf("the curve is %s", key.Curve.Params().Name)
		}
		return key, nil
	case *rsa.PrivateKey:
		if key.N.BitLen() < 2048 {
			return nil, fmt.Errorf("the RSA key has %d bits, fewer than 2048", key.N.BitLen())
		}
		return key, nil
	case ed25519.PrivateKey:
		return nil, errors.New("an Ed25519 key cannot sign assertions")
	default:
		return nil, errors.New("the key is of another kind")
	}
}

func privateKey(block *pem.Block) (any, error) {
	switch block.Type {
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	}
}

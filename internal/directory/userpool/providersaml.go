package userpool

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/saml"
)

// keyEncryption is the sealed detail with the key that opens encrypted assertions.
// It never leaves the engine.
const keyEncryption = "encryption_key"

// checkSAML checks the details of a SAML provider. What they say of the metadata
// is checked when the metadata is read. Cognito: CreateIdentityProvider.
func checkSAML(d Details, network ProviderNetwork) string {
	for _, key := range []string{"IDPSignout", "IDPInit", "EncryptedResponses"} {
		if v, given := d[key]; given && v.Reveal() != "true" && v.Reveal() != "false" {
			return key + " is true or false."
		}
	}
	address, file := d.text("MetadataURL"), d.text("MetadataFile")
	switch algorithm, given := d["RequestSigningAlgorithm"]; {
	case given && algorithm.Reveal() != "rsa-sha256":
		return "RequestSigningAlgorithm is rsa-sha256."
	case (address == "") == (file == ""):
		return "Exactly one of MetadataURL and MetadataFile is required for an identity provider of type SAML."
	case address != "" && !isEndpoint(address, network):
		return "MetadataURL is not a URL that begins with https://."
	}
	return ""
}

// readMetadata returns the details that follow from a SAML provider's metadata.
func (e *Engine) readMetadata(ctx context.Context, d Details) (map[string]string, error) {
	text, address := []byte(d.text("MetadataFile")), d.text("MetadataURL")
	if address != "" {
		var err error
		if text, err = e.network.Metadata(ctx, address); err != nil {
			return nil, ErrProviderDetails.Saying("Error retrieving metadata from %s", address).Because(err)
		}
	}
	m, err := saml.ParseMetadata(text)
	if err != nil {
		return nil, ErrProviderDetails.Saying("The SAML metadata cannot be used: %s.", err)
	}
	for _, c := range m.Certificates {
		if e.now().After(c.NotAfter) {
			return nil, ErrProviderDetails.Saying("The SAML metadata cannot be used: a signing certificate has expired.")
		}
	}
	if d.text("IDPSignout") == "true" && m.SignOutURL == "" {
		return nil, ErrProviderDetails.Saying("IDPSignout needs a SingleLogoutService with the binding HTTP-Redirect in the SAML metadata.")
	}
	return map[string]string{"SSORedirectBindingURI": m.SignOnURL, "SLORedirectBindingURI": m.SignOutURL}, nil
}

// encryptionKey makes the key for which a SAML provider encrypts, and the
// certificate that it is shown.
func (e *Engine) encryptionKey(pool PoolID, name string) (key seal.Secret, certificate string, err error) {
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(pair)
	if err != nil {
		return "", "", err
	}
	c, err := selfSigned(pair, fmt.Sprintf("%s %s", pool, name), e.now(), x509.KeyUsageKeyEncipherment)
	return seal.Secret(base64.StdEncoding.EncodeToString(der)), base64.StdEncoding.EncodeToString(c), err
}

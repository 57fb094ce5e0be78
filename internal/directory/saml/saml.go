// Package saml reads what a SAML 2.0 identity provider publishes of itself: its
// metadata.
//
// Metadata comes from outside, so [ParseMetadata] takes less than XML allows: no
// document type and so no entities, no processing instruction, UTF-8 only, and a
// limit for depth and size. What it returns is complete: a name, certificates that
// are readable, and addresses to which a browser may be sent.
package saml

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/hostname"
)

// MaxMetadata is the largest document that is read, in bytes.
const MaxMetadata = 1 << 20

// maxDepth is how deep elements may lie in each other. Metadata needs nine.
const maxDepth = 50

// maxCertificate is how many characters of base64 a certificate may have.
// Cognito: "SAML signing and encryption".
const maxCertificate = 4096

// The names that the standard gives. SAML 2.0 Metadata §2, Bindings §3.4.
const (
	namespace   = "urn:oasis:names:tc:SAML:2.0:metadata"
	protocol    = "urn:oasis:names:tc:SAML:2.0:protocol"
	redirectVia = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
)

// Metadata is what signing in at an identity provider needs to know of it.
type Metadata struct {
	EntityID     string
	SignOnURL    string // by the redirect binding
	SignOutURL   string // by the redirect binding; "": the provider has no such address
	Certificates []*x509.Certificate
}

// document is the part of the XML that is read. The root is one entity.
type document struct {
	XMLName   xml.Name
	EntityID  string      `xml:"entityID,attr"`
	Providers []idpSSO    `xml:"urn:oasis:names:tc:SAML:2.0:metadata IDPSSODescriptor"`
	Entities  []*document `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
}

type idpSSO struct {
	Protocols string     `xml:"protocolSupportEnumeration,attr"`
	Keys      []key      `xml:"urn:oasis:names:tc:SAML:2.0:metadata KeyDescriptor"`
	SignOn    []endpoint `xml:"urn:oasis:names:tc:SAML:2.0:metadata SingleSignOnService"`
	SignOut   []endpoint `xml:"urn:oasis:names:tc:SAML:2.0:metadata SingleLogoutService"`
}

type key struct {
	Use          string   `xml:"use,attr"`
	Certificates []string `xml:"http://www.w3.org/2000/09/xmldsig# KeyInfo>X509Data>X509Certificate"`
}

type endpoint struct {
	Binding  string `xml:"Binding,attr"`
	Location string `xml:"Location,attr"`
}

// ParseMetadata reads the metadata of one identity provider. The error says in a
// sentence part what is wrong with it.
func ParseMetadata(text []byte) (*Metadata, error) {
	if len(text) > MaxMetadata {
		return nil, fmt.Errorf("it is larger than %d bytes", MaxMetadata)
	}
	if err := plain(text); err != nil {
		return nil, err
	}
	var d document
	if err := xml.Unmarshal(text, &d); err != nil {
		return nil, errors.New("it is not well-formed XML")
	}
	entity, err := d.entity()
	if err != nil {
		return nil, err
	}
	return entity.metadata()
}

// plain refuses everything but elements, texts, comments and the declaration of
// XML 1.0.
func plain(text []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(text))
	for depth := 0; ; {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.New("it is not well-formed XML in UTF-8")
		}
		switch t := token.(type) {
		case xml.Directive:
			return errors.New("it has a document type, which is refused")
		case xml.ProcInst:
			if t.Target != "xml" {
				return errors.New("it has a processing instruction, which is refused")
			}
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return fmt.Errorf("its elements lie more than %d deep in each other", maxDepth)
			}
			if twice(t.Attr) {
				return errors.New("it is not well-formed XML: an element has an attribute twice")
			}
		case xml.EndElement:
			depth--
		}
	}
}

func twice(attributes []xml.Attr) bool {
	seen := map[xml.Name]bool{}
	for _, a := range attributes {
		if seen[a.Name] {
			return true
		}
		seen[a.Name] = true
	}
	return false
}

// entity returns the only entity of the document, which may stand in a list.
func (d *document) entity() (*document, error) {
	switch {
	case d.XMLName.Space != namespace:
		return nil, errors.New("it is not SAML 2.0 metadata")
	case d.XMLName.Local == "EntityDescriptor":
		return d, nil
	case d.XMLName.Local == "EntitiesDescriptor" && len(d.Entities) == 1:
		return d.Entities[0], nil
	case d.XMLName.Local == "EntitiesDescriptor":
		return nil, fmt.Errorf("it describes %d entities instead of one", len(d.Entities))
	}
	return nil, errors.New("it is not SAML 2.0 metadata")
}

func (d *document) metadata() (*Metadata, error) {
	if d.EntityID == "" {
		return nil, errors.New("it has no entityID")
	}
	if len(d.Providers) != 1 {
		return nil, fmt.Errorf("it has %d elements IDPSSODescriptor instead of one", len(d.Providers))
	}
	idp := &d.Providers[0]
	if !slices.Contains(strings.Fields(idp.Protocols), protocol) {
		return nil, errors.New("its IDPSSODescriptor does not support " + protocol)
	}
	m := &Metadata{EntityID: d.EntityID}
	var err error
	if m.SignOnURL, err = redirectURL("SingleSignOnService", idp.SignOn); err != nil {
		return nil, err
	}
	if m.SignOnURL == "" {
		return nil, errors.New("it has no SingleSignOnService with the binding HTTP-Redirect")
	}
	if m.SignOutURL, err = redirectURL("SingleLogoutService", idp.SignOut); err != nil {
		return nil, err
	}
	m.Certificates, err = signing(idp.Keys)
	return m, err
}

// redirectURL returns the address of the redirect binding, or "".
func redirectURL(name string, endpoints []endpoint) (string, error) {
	for _, e := range endpoints {
		if e.Binding != redirectVia {
			continue
		}
		if !browsable(e.Location) {
			return "", fmt.Errorf("the Location of its %s is not a URL with https", name)
		}
		return e.Location, nil
	}
	return "", nil
}

// browsable reports whether a browser may be sent to an address: over TLS, or to
// this machine.
func browsable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && hostname.IsLoopback(u.Hostname())
}

// signing returns the certificates that may sign. A key without a use may.
func signing(keys []key) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for _, k := range keys {
		if k.Use != "" && k.Use != "signing" {
			continue
		}
		for _, text := range k.Certificates {
			c, err := certificate(text)
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("it has no signing certificate")
	}
	return all, nil
}

func certificate(text string) (*x509.Certificate, error) {
	text = strings.Join(strings.Fields(text), "")
	if len(text) > maxCertificate {
		return nil, fmt.Errorf("a signing certificate has more than %d characters", maxCertificate)
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("a signing certificate is not base64")
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, errors.New("a signing certificate is not X.509")
	}
	return c, nil
}

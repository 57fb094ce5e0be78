package saml_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/saml"
	"gatehouse/internal/testing/gatetest/enginetest"
)

var ends = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func TestMetadata(t *testing.T) {
	text := enginetest.SAMLMetadata(t, ends)
	list := strings.Replace(text, "<md:EntityDescriptor ", `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"><md:EntityDescriptor `, 1) + "</md:EntitiesDescriptor>"
	for name, text := range map[string]string{
		"one entity": text, "a list of one": list, "a key without a use": strings.Replace(text, ` use="signing"`, "", 1),
		"line breaks in the certificate": strings.Replace(text, "<ds:X509Certificate>", "<ds:X509Certificate>\n  ", 1),
	} {
		m, err := saml.ParseMetadata([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.EntityID != "https://saml.example.com/idp" || m.SignOnURL != "https://saml.example.com/in" || m.SignOutURL != "https://saml.example.com/out" || len(m.Certificates) != 1 || !m.Certificates[0].NotAfter.Equal(ends) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

func TestMetadataThatCannotBeUsed(t *testing.T) {
	text := enginetest.SAMLMetadata(t, ends)
	change := func(old, with string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("the metadata has no %s", old)
		}
		return strings.ReplaceAll(text, old, with)
	}
	start := strings.Index(text, "<ds:X509Certificate>") + len("<ds:X509Certificate>")
	certificate := text[start:strings.Index(text, "</ds:X509Certificate>")]
	entity := text[strings.Index(text, "<md:Entity"):]
	for name, c := range map[string]struct{ text, want string }{
		"nothing":                         {"", "not well-formed"},
		"no XML":                          {"<md", "not well-formed"},
		"another document":                {"<html/>", "not SAML 2.0 metadata"},
		"the name in no namespace":        {change(` xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"`, ""), "not SAML 2.0 metadata"},
		"a document type":                 {`<!DOCTYPE md [<!ENTITY a "aaaa">]>` + entity, "document type"},
		"entities that grow":              {`<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]>` + change("/idp", "/&c;"), "document type"},
		"an entity of nobody":             {change("/idp", "/&c;"), "not well-formed"},
		"a processing instruction":        {change("<md:IDPSSO", "<?php x?><md:IDPSSO"), "processing instruction"},
		"another encoding":                {change("UTF-8", "UTF-7"), "not well-formed"},
		"bytes that are no UTF-8":         {change("/idp", "/\xff"), "not well-formed"},
		"an attribute twice":              {change("entityID=", `entityID="https://other.example.com" entityID=`), "attribute twice"},
		"too deep":                        {change("<md:IDPSSO", strings.Repeat("<a>", 60)+strings.Repeat("</a>", 60)+"<md:IDPSSO"), "deep"},
		"too large":                       {text + strings.Repeat(" ", saml.MaxMetadata), "larger"},
		"no entity id":                    {change(`entityID="https://saml.example.com/idp"`, ""), "no entityID"},
		"two entities":                    {`<e:EntitiesDescriptor xmlns:e="urn:oasis:names:tc:SAML:2.0:metadata">` + entity + entity + `</e:EntitiesDescriptor>`, "2 entities"},
		"no identity provider":            {change("IDPSSODescriptor", "SPSSODescriptor"), "0 elements IDPSSODescriptor"},
		"SAML 1.1":                        {change("SAML:2.0:protocol", "SAML:1.1:protocol"), "does not support"},
		"no redirect binding":             {change("HTTP-Redirect", "HTTP-Artifact"), "no SingleSignOnService"},
		"signing in without TLS":          {change("https://saml.example.com/in", "http://saml.example.com/in"), "SingleSignOnService is not a URL"},
		"signing in by script":            {change("https://saml.example.com/in", "javascript:alert(1)"), "SingleSignOnService is not a URL"},
		"signing out without TLS":         {change("https://saml.example.com/out", "http://saml.example.com/out"), "SingleLogoutService is not a URL"},
		"no signing certificate":          {change(`use="signing"`, `use="encryption"`), "no signing certificate"},
		"a certificate that is no base64": {change(certificate, "!"), "not base64"},
		"a certificate that is none":      {change(certificate, base64.StdEncoding.EncodeToString([]byte("none"))), "not X.509"},
		"a large certificate":             {change(certificate, strings.Repeat("A", 4100)), "more than 4096"},
	} {
		m, err := saml.ParseMetadata([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v; want an error with %q", name, m, err, c.want)
		}
	}
}

// What is read is complete, and has no document type.
func FuzzMetadata(f *testing.F) {
	f.Add([]byte(enginetest.SAMLMetadata(f, ends)))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := saml.ParseMetadata(text)
		if err != nil {
			return
		}
		if m.EntityID == "" || m.SignOnURL == "" || len(m.Certificates) == 0 {
			t.Errorf("incomplete: %+v", m)
		}
		for _, address := range []string{m.SignOnURL, m.SignOutURL} {
			if address != "" && !strings.HasPrefix(strings.ToLower(address), "http") {
				t.Errorf("address %q", address)
			}
		}
	})
}

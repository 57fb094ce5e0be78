package policy

import (
	"strings"

	"golang.org/x/net/idna"

	"gatehouse/internal/base/hostname"
)

// E-mail addresses are compared without letter case, ASCII letters alone, and
// without a dot at the end. An international domain is compared in its ASCII form
// (xn--…). An address that readers may read in different ways is unknown to rules:
// see unclear.

// unclear reports whether it is not clear which address or domain a text means:
// it has a second @, or letters that only a mapping turns into those of a domain
// name, such as the Kelvin sign.
func unclear(address string) bool {
	if strings.Count(address, "@") > 1 {
		return true
	}
	if isASCII(address) {
		return false
	}
	_, ok := asciiDomain(domainOf(address))
	return !ok
}

// canonicalAddress returns an address, or a domain, in the form in which it is
// compared. It allocates only if the address is not in this form already.
func canonicalAddress(address string) string {
	address = strings.TrimSuffix(address, ".")
	if isLowerASCII(address) {
		return address
	}
	if address = hostname.Lower(address); isASCII(address) {
		return address
	}
	at := strings.LastIndexByte(address, '@') + 1
	if domain, ok := asciiDomain(address[at:]); ok {
		return address[:at] + domain
	}
	return address
}

// asciiDomain returns the ASCII form of a domain. It is not ok if a label is not
// in the one form that IDNA maps it to (RFC 5891 §5.3).
func asciiDomain(domain string) (string, bool) {
	labels := strings.Split(hostname.Lower(domain), ".")
	for i, label := range labels {
		if isASCII(label) {
			continue
		}
		if mapped, err := idna.Lookup.ToUnicode(label); err != nil || mapped != label {
			return "", false
		}
		ascii, err := idna.Lookup.ToASCII(label)
		if err != nil {
			return "", false
		}
		labels[i] = ascii
	}
	return strings.Join(labels, "."), true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func isLowerASCII(s string) bool {
	for i := range len(s) {
		if b := s[i]; b >= 0x80 || 'A' <= b && b <= 'Z' {
			return false
		}
	}
	return true
}

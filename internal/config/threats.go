package config

import "gatehouse/internal/base/settings"

// ThreatProtection is what the threat protection of pools knows besides the sign-ins
// of their users.
type ThreatProtection struct {
	// Files with passwords that others have published, besides the small built-in
	// list: one a line, as it is or as its SHA-1 in hexadecimal digits, which a colon
	// and a number may follow. Each takes eight bytes of memory. A file that changes is
	// read again within half a minute.
	CompromisedPasswords []string `key:"compromised_passwords"`

	// A file in MaxMind's format (`.mmdb`) with cities and their coordinates, such as
	// GeoLite2 City. With it, events name the place, and a sign-in too far from the
	// last one has a high risk. It is read into memory, and again within half a minute when
	// it changes.
	GeoIP string `key:"geoip_file"`
}

func (k *checker) checkThreats(t *ThreatProtection) {
	for i, file := range t.CompromisedPasswords {
		if file == "" {
			k.missing(settings.Item("directory.threat_protection.compromised_passwords", i), "write the path of a file")
		}
	}
}

package server

import (
	"fmt"
	"os"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/risk"
)

// readThreats reads the files that threat protection needs. nil: there are none.
func readThreats(c *risk.Config, t *config.ThreatProtection) error {
	if t == nil {
		return nil
	}
	passwords, err := readPasswords(t.CompromisedPasswords)
	if err != nil {
		return err
	}
	c.Compromised = func() *risk.Passwords { return passwords }
	if t.GeoIP == "" {
		return nil
	}
	file, err := os.ReadFile(t.GeoIP)
	if err != nil {
		return fmt.Errorf("directory.threat_protection.geoip_file: %w", err)
	}
	if c.Locate, err = risk.Places(file); err != nil {
		return fmt.Errorf("directory.threat_protection.geoip_file: %s: %w", t.GeoIP, err)
	}
	return nil
}

// readPasswords returns the built-in list with those of the files.
func readPasswords(files []string) (*risk.Passwords, error) {
	all := risk.BuiltIn()
	for i, name := range files {
		file, err := os.Open(name)
		if err == nil {
			all, err = all.With(file)
			file.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("directory.threat_protection.compromised_passwords[%d]: %s: %w", i, name, err)
		}
	}
	return all, nil
}

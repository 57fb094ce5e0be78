package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/risk"
)

// threats is what threat protection knows from files.
type threats struct {
	passwords *followed[*risk.Passwords]
	places    *followed[func(netip.Addr) (risk.Place, bool)] // nil: there is no such file
}

// readThreats reads the files that threat protection needs. It returns nil if there are
// none.
func readThreats(t *config.ThreatProtection) (*threats, error) {
	if t == nil {
		return nil, nil
	}
	all := &threats{}
	var err error
	all.passwords, err = newFollowed("directory.threat_protection.compromised_passwords", t.CompromisedPasswords, func() (*risk.Passwords, error) { return readPasswords(t.CompromisedPasswords) })
	if err != nil || t.GeoIP == "" {
		return all, err
	}
	all.places, err = newFollowed("directory.threat_protection.geoip_file", []string{t.GeoIP}, func() (func(netip.Addr) (risk.Place, bool), error) { return readPlaces(t.GeoIP) })
	return all, err
}

// give lets an engine know what the files say, now and after they change.
func (t *threats) give(c *risk.Config) {
	if t == nil {
		return
	}
	c.Compromised = t.passwords.now
	if t.places != nil {
		c.Locate = func(a netip.Addr) (risk.Place, bool) { return t.places.now()(a) }
	}
}

// follow reads files again that change, until ctx ends.
func (t *threats) follow(ctx context.Context, log *slog.Logger) {
	if t == nil {
		return
	}
	every(ctx, followEvery, func() {
		t.passwords.look(log)
		if t.places != nil {
			t.places.look(log)
		}
	})
}

func readPlaces(path string) (func(netip.Addr) (risk.Place, bool), error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("directory.threat_protection.geoip_file: %w", err)
	}
	locate, err := risk.Places(file)
	if err != nil {
		return nil, fmt.Errorf("directory.threat_protection.geoip_file: %s: %w", path, err)
	}
	return locate, nil
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

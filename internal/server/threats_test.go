package server

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/testing/mmdb"
)

func TestFilesOfThreatProtection(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ours, theirs := file("ours.txt", []byte("Blue-Horse-1\n")), file("theirs.txt", []byte("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3\nRed-Horse-2\n"))
	places := file("places.mmdb", mmdb.File(map[string]mmdb.Place{"192.0.2.0/24": {City: "Cologne", Latitude: 50.94, Longitude: 6.96}}))
	given := func(t *config.ThreatProtection) (c risk.Config, err error) {
		all, err := readThreats(t)
		if err == nil {
			all.give(&c)
		}
		return c, err
	}
	c, err := given(&config.ThreatProtection{CompromisedPasswords: []string{ours, theirs}, GeoIP: places})
	if err != nil {
		t.Fatal(err)
	}
	if all := c.Compromised(); !all.Has("Blue-Horse-1") || !all.Has("Red-Horse-2") || !all.Has("Password123!") || all.Has("Right-Horse-7") {
		t.Error("the passwords are not those of the files and of the built-in list")
	}
	if p, known := c.Locate(netip.MustParseAddr("192.0.2.7")); !known || p.City != "Cologne" {
		t.Errorf("192.0.2.7 is at %+v, %v", p, known)
	}
	if none, err := given(nil); err != nil || none.Compromised != nil || none.Locate != nil {
		t.Errorf("without files: %v, %v", none, err)
	}
	for want, wrong := range map[string]config.ThreatProtection{
		"directory.threat_protection.compromised_passwords[1]: " + dir + "/missing": {CompromisedPasswords: []string{ours, dir + "/missing"}},
		"directory.threat_protection.compromised_passwords[0]: " + places:           {CompromisedPasswords: []string{places}},
		"directory.threat_protection.geoip_file: open " + dir + "/missing":          {GeoIP: dir + "/missing"},
		"directory.threat_protection.geoip_file: " + ours:                           {GeoIP: ours},
	} {
		if _, err := given(&wrong); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// What the files say counts when they change, and what can't be read changes nothing.
func TestFilesOfThreatProtectionThatChange(t *testing.T) {
	dir := t.TempDir()
	passwords, places := filepath.Join(dir, "passwords"), filepath.Join(dir, "places.mmdb")
	age := 0
	write := func(path string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		age++ // of one length, and at one time by a coarse clock
		if at := time.Unix(1_800_000_000+int64(age), 0); os.Chtimes(path, at, at) != nil {
			t.Fatal("the time of a file can't be set")
		}
	}
	city := func(name string) []byte {
		return mmdb.File(map[string]mmdb.Place{"192.0.2.0/24": {City: name, Latitude: 50.94, Longitude: 6.96}})
	}
	write(passwords, []byte("Blue-Horse-1\n"))
	write(places, city("Cologne"))
	var log strings.Builder
	synctest.Test(t, func(t *testing.T) {
		all, err := readThreats(&config.ThreatProtection{CompromisedPasswords: []string{passwords}, GeoIP: places})
		if err != nil {
			t.Fatal(err)
		}
		var c risk.Config
		all.give(&c)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			all.follow(ctx, slog.New(slog.NewTextHandler(&log, nil)))
		}()
		time.Sleep(time.Second) // between two looks
		want := func(when string, password seal.Secret, at string) {
			t.Helper()
			synctest.Wait()
			p, _ := c.Locate(netip.MustParseAddr("192.0.2.7"))
			if !c.Compromised().Has(password) || p.City != at {
				t.Errorf("%s: %s is published: %t; the place is %s; want true and %s", when, password.Reveal(), c.Compromised().Has(password), p.City, at)
			}
		}
		write(passwords, []byte("Gray-Horse-2\n"))
		time.Sleep(followEvery)
		want("at the first look", "Blue-Horse-1", "Cologne")
		time.Sleep(followEvery)
		want("at the second", "Gray-Horse-2", "Cologne")
		write(places, city("Bremen"))
		time.Sleep(followEvery)
		write(places, city("Aachen"))
		time.Sleep(followEvery)
		want("while it is written", "Gray-Horse-2", "Cologne")
		time.Sleep(followEvery)
		want("when it is whole", "Gray-Horse-2", "Aachen")
		write(passwords, nil) // by a download that failed
		time.Sleep(10 * followEvery)
		want("with an empty file", "Gray-Horse-2", "Aachen")
		write(places, []byte("nothing"))
		if err := os.Remove(passwords); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * followEvery)
		want("without good files", "Gray-Horse-2", "Aachen")
		stop()
		<-done
		if n := strings.Count(log.String(), "level=ERROR"); n != 3 || !strings.Contains(log.String(), passwords) {
			t.Errorf("the log has %d errors, want one for each change that was refused:\n%s", n, log.String())
		}
	})
}
